/** A question about a document of somebody else, and how its answer was paid. */
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { RunningPeer } from '../../src/peer/create-peer.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'

/** What came of a question. */
export interface PaidAnswer {
  /** True when another tab delivered a passage of the document that was asked for. */
  readonly isAnswered: boolean
  /** True when the passage was held before: an earlier question bought it along with what it was about. */
  readonly wasHeld: boolean
  /** Paid by vouchers on certified reserves, in µT as decimal text. */
  readonly certified: string
  /** Paid by vouchers on reserves that no authority has certified yet: the payee gives credit. */
  readonly onCredit: string
  readonly totalMs: number
  readonly askedPeers: number
  readonly troubles: readonly string[]
}

const BUDGET = toMicroTokens(1_000_000_000n)
/** Only the best passage, or questions would buy what later ones ask for. */
const LIMIT = 1

/** Asks the network, and nobody but the network. The document is known by its title. */
export async function askPaid(
  peer: RunningPeer,
  ledgerStore: LedgerStore,
  question: string,
  documentTitle: string,
): Promise<PaidAnswer> {
  const before = await readVouchers(ledgerStore)
  const startMs = performance.now()
  const answer = await peer.ask(question, { scope: 'network', maxTokenCost: BUDGET, limit: LIMIT })
  const totalMs = performance.now() - startMs
  const after = await readVouchers(ledgerStore)
  const paid = { certified: 0n, onCredit: 0n }
  for (const [reserve, { amount, isCertified }] of after) {
    const more = amount - (before.get(reserve)?.amount ?? 0n)
    paid[isCertified ? 'certified' : 'onCredit'] += more
  }
  const found = answer.results.filter((result) => result.documentTitle === documentTitle)
  return {
    isAnswered: found.some(({ provider }) => provider !== 'self'),
    wasHeld: found.some(({ provider }) => provider === 'self'),
    certified: String(paid.certified),
    onCredit: String(paid.onCredit),
    totalMs,
    askedPeers: answer.askedPeers,
    troubles: answer.troubles.map(({ code, message }) => `${code}: ${message}`),
  }
}

/** What each reserve's newest voucher is worth, and whether a quorum stands behind the reserve. */
async function readVouchers(
  ledgerStore: LedgerStore,
): Promise<ReadonlyMap<EntryHash, { readonly amount: bigint; readonly isCertified: boolean }>> {
  const records = await ledgerStore.listPayments({ direction: 'out' })
  return new Map(
    records.map(({ payment, voucher, certificateWire }) => [
      payment,
      { amount: voucher?.amount ?? 0n, isCertified: certificateWire !== undefined },
    ]),
  )
}
