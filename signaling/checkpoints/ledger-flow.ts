import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { sumTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { adjustStanding } from '../../src/domain/ledger/adjust-standing.ts'
import type { LedgerLookup } from '../../src/domain/ledger/effect.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Fact } from '../../src/domain/ledger/fact.ts'
import { parseGrant } from '../../src/domain/ledger/grant.ts'
import type { ChainPart } from './chain-part.ts'
import { utcDay, type Earning } from './earnings.ts'

/** What parts of chains change in what is in no account, and what they earned. Amounts in µT. */
export interface LedgerFlow {
  /** More, or less when negative, of it is on its way. */
  readonly pending: bigint
  /** More, or less when negative, of it is claimed and locked still. */
  readonly drawn: bigint
  readonly toPool: MicroTokens
  readonly minted: MicroTokens
  readonly grants: readonly Fact[]
  readonly earnings: readonly Earning[]
  readonly entryCount: number
}

/** By what it is reckoned how much of an account decayed or was slashed. */
export type FlowLookup = Pick<LedgerLookup, 'genesis' | 'checkpoint' | 'slashed'>

/** Adds up certified entries. Throws `not-found` for a payment or checkpoint that is not known. */
export function flowOf(parts: readonly ChainPart[], lookup: FlowLookup): LedgerFlow {
  const grants: Fact[] = []
  const earnings: Earning[] = []
  let pending = 0n
  let drawn = 0n
  let toPool = 0n
  let minted = 0n
  let entryCount = 0
  for (const part of parts) {
    let before = part.parent
    for (const signed of part.entries) {
      const { account, timestampMs, operation } = signed.entry
      toPool += lossOf(before, signed, lookup)
      switch (operation.type) {
        case 'pay':
          pending += operation.amount
          break
        case 'reclaim':
          pending -= paymentOf(part, operation.payment).amount
          break
        case 'claim':
          for (const [at, source] of operation.sources.entries()) {
            const { kind, amount } = paymentOf(part, source)
            if (kind === 'pay') pending -= amount
            else drawn += operation.vouchers[at]?.amount ?? 0n
          }
          earnings.push({ account, day: utcDay(timestampMs), amount: operation.amount })
          break
        case 'release':
          drawn -= paymentOf(part, operation.reserve).amount - operation.amount
          break
        case 'collect': {
          const { amount, id } = parseGrant(operation.grant).grant
          minted += amount
          grants.push({ type: 'grant', account, amount, id })
          break
        }
        case 'open':
        case 'reserve':
          break
      }
      before = signed
      entryCount += 1
    }
  }
  return {
    pending,
    drawn,
    toPool: sumTokens([toPool]),
    minted: sumTokens([minted]),
    grants,
    earnings,
    entryCount,
  }
}

function paymentOf({ payments }: ChainPart, hash: EntryHash): Payment {
  const payment = payments.get(hash)
  if (payment !== undefined) return payment
  throw new LoremeshError('not-found', `The payment ${hash} is not known here`)
}

/** What decay and slashes took from an account on the way to its next entry. */
function lossOf(before: SignedEntry | undefined, { entry }: SignedEntry, lookup: FlowLookup): MicroTokens {
  const from = before?.entry ?? entry
  const { account, balance, credit, locked, stake, checkpoint } = from
  const standing = { account, balance, credit, locked, stake, grants: [] }
  return adjustStanding(standing, checkpoint, entry.checkpoint, { ...lookup, payment: () => undefined })
    .toPool
}
