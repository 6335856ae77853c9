import { toMicroTokens, ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { WalletState } from './wallet-state.ts'
import { createWalletLines } from './wallet-entries.ts'
import { addShares } from './wallet-shares.ts'

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
  incoming: [],
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
  const linesOf = createWalletLines()
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
    const lines = linesOf({ records, payments, purchases, checkpointedSeq: options.checkpointedSeq() })
    const { balance, credit, reserved, pendingOut, pendingIn } = addShares(
      [...lines.incoming, ...lines.entries].map(({ shares }) => shares),
    )
    state.set({
      ...lines,
      balance: toMicroTokens(balance),
      credit: toMicroTokens(credit),
      reserved: toMicroTokens(reserved),
      pendingOut: toMicroTokens(pendingOut),
      pendingIn: toMicroTokens(pendingIn),
      contextsServed: totals.contextsServed,
      contextsFetched: totals.contextsFetched,
      notice: notice(),
    })
  }

  return { state, refresh }
}
