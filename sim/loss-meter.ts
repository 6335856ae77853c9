import { contextPrice } from '../src/domain/economy/price.ts'
import type { PeerId } from '../src/domain/identity/account.ts'
import type { EntryHash } from '../src/domain/ledger/entry.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import type { LedgerAuditor } from './ledger-auditor.ts'

/** What came to one payer from one payee, by the reserve that it was to be paid from. Amounts in µT. */
interface Dealing {
  readonly payer: PeerId
  readonly payee: PeerId
  readonly reserve: EntryHash
  delivered: bigint
}

/** What one payee lost to one payer. */
export interface Loss {
  readonly payer: PeerId
  readonly payee: PeerId
  readonly lost: bigint
}

/** Weighs what came against what was paid for it. */
export interface LossMeter {
  /** A context came, unharmed. */
  came(payer: PeerId, payee: PeerId, reserve: EntryHash, bytes: Uint8Array): void
  /** The payee holds a voucher for so much of a reserve. */
  vouched(reserve: EntryHash, amount: bigint): void
  /** Everything that came under a reserve. */
  receivedOf(reserve: EntryHash): bigint
  /** What payees were not paid by these payers at the end, most first. */
  losses(payers: ReadonlySet<PeerId>): readonly Loss[]
  /** What all payees are missing of the one of these payers who cost them most, and how many anything came from. */
  worstFork(payers: ReadonlySet<PeerId>): { readonly loss: bigint; readonly payeesReached: number }
}

/** Creates the meter; which reserves became certified says the auditor. */
export function createLossMeter(genesis: Genesis, auditor: Pick<LedgerAuditor, 'payments'>): LossMeter {
  const dealings = new Map<EntryHash, Dealing>()
  const vouchers = new Map<EntryHash, bigint>()

  /** A voucher of a certified reserve is as good as paid: whether it is claimed in time is the payee's own affair. */
  function paidOf(reserve: EntryHash): bigint {
    return auditor.payments.has(reserve) ? (vouchers.get(reserve) ?? 0n) : 0n
  }

  return {
    vouched: (reserve, amount) => void vouchers.set(reserve, amount),
    came(payer, payee, reserve, bytes) {
      const dealing = dealings.get(reserve) ?? { payer, payee, reserve, delivered: 0n }
      dealing.delivered += contextPrice(bytes.length, genesis.pricePerKb)
      dealings.set(reserve, dealing)
    },
    receivedOf: (reserve) => dealings.get(reserve)?.delivered ?? 0n,
    losses,
    worstFork(payers) {
      const all = losses(payers)
      return [...payers]
        .map((payer) => ({
          loss: all.reduce((sum, { payer: who, lost }) => (who === payer ? sum + lost : sum), 0n),
          payeesReached: new Set(
            [...dealings.values()].flatMap((dealing) => (dealing.payer === payer ? [dealing.payee] : [])),
          ).size,
        }))
        .reduce((worst, other) => (other.loss > worst.loss ? other : worst), { loss: 0n, payeesReached: 0 })
    },
  }

  function losses(payers: ReadonlySet<PeerId>): readonly Loss[] {
    const byPair = new Map<string, Loss>()
    for (const { payer, payee, reserve, delivered } of dealings.values()) {
      if (!payers.has(payer)) continue
      const missing = delivered - paidOf(reserve)
      const pair = `${payer} ${payee}`
      const before = byPair.get(pair) ?? { payer, payee, lost: 0n }
      byPair.set(pair, { ...before, lost: before.lost + missing })
    }
    return [...byPair.values()]
      .filter(({ lost }) => lost > 0n)
      .sort((a, b) => (a.lost < b.lost ? 1 : a.lost > b.lost ? -1 : 0))
  }
}
