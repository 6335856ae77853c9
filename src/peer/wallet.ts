import { sumTokens, toMicroTokens, ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import { isSpend, type Entry } from '../domain/ledger/entry.ts'
import type { LedgerRecord, LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'
import type { WalletState } from './peer.ts'
import { createWalletEntries } from './wallet-entries.ts'

/** The wallet's view of the own chain. */
export interface WalletView {
  readonly state: Readable<WalletState>
  /**
   * Reads the ledger again; to be called after every change. It is read once at a time, so that the newest state comes
   * last; a reading that has not begun yet does for all who ask.
   */
  refresh(): Promise<void>
}

const emptyWallet: WalletState = {
  balance: ZERO_TOKENS,
  credit: ZERO_TOKENS,
  reserved: ZERO_TOKENS,
  pendingOut: ZERO_TOKENS,
  pendingIn: ZERO_TOKENS,
  entries: [],
  contextsServed: 0,
  contextsFetched: 0,
  notice: '',
}

/**
 * Creates the view of `ledgerStore`; of the `notices`, the first that says something is shown. Entries up to
 * `checkpointedSeq` are in a checkpoint.
 */
export function createWalletView(
  components: { readonly ledgerStore: LedgerStore },
  options: { readonly notices: readonly Readable<string>[]; readonly checkpointedSeq: () => number },
): WalletView {
  const { ledgerStore } = components
  const state = createWritable<WalletState>(emptyWallet)
  const entriesOf = createWalletEntries()
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const said = options.notices.map(() => '')
  const notice = (): string => said.find((text) => text !== '') ?? ''
  options.notices.forEach((one, at) => {
    one.subscribe((text) => {
      said[at] = text
      state.set({ ...state.get(), notice: notice() })
    })
  })

  function refresh(): Promise<void> {
    next ??= running.then(read)
    running = next.catch(() => undefined)
    return next
  }

  async function read(): Promise<void> {
    next = undefined
    const [records, payments, purchases, totals] = await Promise.all([
      ledgerStore.listEntries(),
      ledgerStore.listPayments(),
      ledgerStore.listPurchases(),
      ledgerStore.totals(),
    ])
    const standing = standingOf(records)
    const open = payments.filter(isOpen)
    const out = open.filter(({ direction }) => direction === 'out')
    const incoming = open.filter(({ direction }) => direction === 'in')
    const owedOut = sumTokens(out.map(owedOf))
    state.set({
      balance: standing?.balance ?? ZERO_TOKENS,
      credit: standing?.credit ?? ZERO_TOKENS,
      reserved: toMicroTokens(sumTokens(out.map(({ amount }) => amount)) - owedOut),
      pendingOut: owedOut,
      pendingIn: sumTokens(incoming.filter(({ phase }) => phase !== 'lapsed').map(owedOf)),
      entries: entriesOf(records, payments, purchases, options.checkpointedSeq()),
      contextsServed: totals.contextsServed,
      contextsFetched: totals.contextsFetched,
      notice: notice(),
    })
  }

  return { state, refresh }
}

/**
 * The entry after which tokens count: the newest one, unless it adds some and is not certified yet. Only spends follow
 * one another without a certificate.
 */
function standingOf([newest, before]: readonly LedgerRecord[]): Entry | undefined {
  if (newest === undefined) return undefined
  const { signed, certificateWire } = newest
  return certificateWire !== undefined || isSpend(signed.entry) ? signed.entry : before?.signed.entry
}

/** Whether tokens of the payment are still on their way; of a reserve that was claimed the rest is to come back. */
function isOpen({ phase, kind, direction }: PaymentRecord): boolean {
  const isReleasable = phase === 'claimed' && kind === 'reserve' && direction === 'out'
  return phase === 'signed' || phase === 'certified' || phase === 'lapsed' || isReleasable
}

/** What the payee may claim. Of a payment all of it; of a reserve what its newest voucher says. */
function owedOf({ kind, direction, amount, voucher, phase }: PaymentRecord): bigint {
  if (phase === 'lapsed' || phase === 'claimed') return 0n
  if (kind === 'pay') return direction === 'out' || voucher !== undefined ? amount : 0n
  return voucher?.amount ?? 0n
}
