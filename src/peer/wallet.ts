import { shortPeerId } from '../domain/identity/account.ts'
import { formatTokens, sumTokens, ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import { createWritable } from '../domain/kernel/readable.ts'
import type { Entry, EntryHash } from '../domain/ledger/entry.ts'
import { receiptToJson } from '../domain/ledger/receipt.ts'
import type { LedgerRecord, LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'
import type { WalletEntry, WalletState } from './peer.ts'

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
  pendingOut: ZERO_TOKENS,
  pendingIn: ZERO_TOKENS,
  entries: [],
  contextsServed: 0,
  contextsFetched: 0,
  notice: '',
}

/** Creates the view of `ledgerStore`; of the `notices`, the first that says something is shown. */
export function createWalletView(
  components: { readonly ledgerStore: LedgerStore },
  options: { readonly notices: readonly Readable<string>[] },
): WalletView {
  const { ledgerStore } = components
  const state = createWritable<WalletState>(emptyWallet)
  const receiptOf = createReceipts()
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
    const [records, payments, totals] = await Promise.all([
      ledgerStore.listEntries(),
      ledgerStore.listPayments(),
      ledgerStore.totals(),
    ])
    const byHash = new Map(payments.map((payment) => [payment.payment, payment]))
    const open = (direction: 'in' | 'out', phases: readonly string[]): bigint[] =>
      payments
        .filter((payment) => payment.direction === direction && phases.includes(payment.phase))
        .map((payment) => payment.amount)
    const standing = standingOf(records)
    state.set({
      balance: standing?.balance ?? ZERO_TOKENS,
      credit: standing?.credit ?? ZERO_TOKENS,
      pendingOut: sumTokens(open('out', ['signed', 'certified', 'delivered'])),
      pendingIn: sumTokens(open('in', ['delivered'])),
      entries: records.map((record, at) => toWalletEntry(record, records[at + 1], byHash, receiptOf)),
      contextsServed: totals.contextsServed,
      contextsFetched: totals.contextsFetched,
      notice: notice(),
    })
  }

  return { state, refresh }
}

/**
 * The entry after which tokens count: the newest one, unless it adds some and is not certified yet. There is never more
 * than one without a certificate.
 */
function standingOf([newest, before]: readonly LedgerRecord[]): Entry | undefined {
  if (newest === undefined || newest.certificateWire !== undefined) return newest?.signed.entry
  const { entry } = newest.signed
  return entry.operation.type === 'pay' ? entry : before?.signed.entry
}

/** Makes receipts, each anew only when its payment has got a further message. */
function createReceipts(): (payment: PaymentRecord) => string {
  const made = new Map<EntryHash, { readonly messages: number; readonly text: string }>()
  return (record) => {
    const { payment, certificateWire, deliveryWire, ack } = record
    const messages = [certificateWire, deliveryWire, ack].filter((message) => message !== undefined).length
    const known = made.get(payment)
    if (known?.messages === messages) return known.text
    const text = receiptToJson(record)
    made.set(payment, { messages, text })
    return text
  }
}

/** A line of the wallet; `before` is the entry before it. */
function toWalletEntry(
  { signed, certificateWire }: LedgerRecord,
  before: LedgerRecord | undefined,
  payments: ReadonlyMap<string, PaymentRecord>,
  receiptOf: (payment: PaymentRecord) => string,
): WalletEntry {
  const { entry } = signed
  const after = sumTokens([entry.balance, entry.credit])
  const earlier = before === undefined ? 0n : before.signed.entry.balance + before.signed.entry.credit
  const concerned = paymentsOf(signed.hash, entry, payments)
  const parties = new Set(concerned.map((payment) => payment.counterparty))
  const [only] = concerned
  return {
    id: signed.hash,
    seq: entry.seq,
    timestampMs: entry.timestampMs,
    kind: entry.operation.type,
    change: after - earlier,
    after,
    reason: reasonOf(entry, concerned),
    counterparty: parties.size === 1 && only !== undefined ? only.counterparty : null,
    contexts: concerned.flatMap((payment) => payment.items.map((item) => item.contextHash)),
    state: certificateWire === undefined ? 'pending' : 'certified',
    phase: entry.operation.type === 'pay' ? (only?.phase ?? null) : null,
    receipt: only !== undefined && concerned.length === 1 ? receiptOf(only) : null,
  }
}

function paymentsOf(
  hash: string,
  { operation }: Entry,
  payments: ReadonlyMap<string, PaymentRecord>,
): readonly PaymentRecord[] {
  const hashes =
    operation.type === 'pay'
      ? [hash]
      : operation.type === 'claim'
        ? operation.sources
        : operation.type === 'reclaim'
          ? [operation.payment]
          : []
  return hashes.flatMap((key) => payments.get(key) ?? [])
}

function reasonOf({ operation }: Entry, concerned: readonly PaymentRecord[]): string {
  const contexts = concerned.reduce((sum, payment) => sum + payment.items.length, 0)
  const bytes = concerned.reduce(
    (sum, { items }) => sum + items.reduce((all, item) => all + item.sizeBytes, 0),
    0,
  )
  const passages = `${contexts} ${contexts === 1 ? 'passage' : 'passages'} (${(bytes / 1024).toFixed(1)} KB)`
  const [first] = concerned
  const peer = first === undefined ? 'a peer' : `peer ${shortPeerId(first.counterparty)}`
  switch (operation.type) {
    case 'open':
      return 'The account was opened'
    case 'collect':
      return 'Starter tokens for a new peer, to spend inside Loremesh'
    case 'pay': {
      const question = first?.question ?? ''
      return `${passages} from ${peer}${question === '' ? '' : ` for “${question}”`}`
    }
    case 'claim': {
      const payers = new Set(concerned.map((payment) => payment.counterparty)).size
      return `Earned with ${passages} served to ${payers === 1 ? peer : `${payers} peers`}`
    }
    case 'reclaim':
      return `${formatTokens(first?.amount ?? 0n)} tokens came back: ${peer} did not claim them in time`
  }
}
