import type { Account } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { sumTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { NEWCOMER_REPUTATION_MILLI } from '../../src/domain/ledger/credit-line.ts'
import { removedBy, type Fact } from '../../src/domain/ledger/fact.ts'
import { withRemovals, type Removals } from '../../src/domain/ledger/removals.ts'
import type { DatedFact } from '../../src/domain/ledger/void-place.ts'

/** Where a checkpoint froze an account. */
interface Freeze {
  readonly account: Account
  /** The place at which the account signed two entries. */
  readonly seq: number
  readonly height: number
  readonly timeMs: number
}

/** What final checkpoints state about accounts and authorities. It never changes: the next checkpoint makes another one. */
export interface FactBook {
  /** Thousandths. */
  reputationOf(account: Account): number
  /** Thousandths that an account had before the checkpoint of this height. */
  reputationBefore(account: Account, height: number): number
  /** Every freeze of an account, oldest first, also of one that was thawed. */
  freezesOf(account: Account): readonly Freeze[]
  /** The freeze of an account that lasts. */
  freezeOf(account: Account): Freeze | undefined
  /** The freeze of an account that lasts, unless its place was declared void since. */
  unsettledOf(account: Account): Freeze | undefined
  /** All of those: checkpoints may have something to say about them still. */
  unsettled(): readonly Freeze[]
  /** Everything that may be about frauds of an account, oldest first. */
  about(account: Account): readonly DatedFact[]
  /** Stake that the checkpoints above `after`, up to `upTo`, took from an account. */
  slashed(account: Account, after: number, upTo: number): MicroTokens
  /** Authorities whose votes don't count any more. */
  removed(): ReadonlySet<number>
  /** The same with the checkpoints that state it, as headers do. */
  removals(): Removals
  /** The book after the checkpoint of this height with these facts. */
  with(at: Moment, facts: readonly Fact[]): FactBook
}

interface Moment {
  readonly height: number
  readonly timeMs: number
}

/** A fact about an account, and the checkpoint that states it. */
type Statement = Moment & { readonly fact: AccountFact }

/** Facts that change what becomes of an account. Others are seen elsewhere: in accounts, payments, headers. */
type AccountFact = Extract<
  Fact,
  { readonly type: 'freeze' | 'thaw' | 'void' | 'slash' | 'ban' | 'reputation' }
>

/** Whether a fact is one about an account that has to be remembered. */
export function isAccountFact(fact: Fact): fact is AccountFact {
  switch (fact.type) {
    case 'freeze':
    case 'thaw':
    case 'void':
    case 'slash':
    case 'ban':
    case 'reputation':
      return true
    case 'grant':
    case 'lapse':
    case 'remove-authority':
    case 'decay':
    case 'parameter':
      return false
  }
}

/** The book of a network of which no checkpoint has stated anything. */
export function createFactBook(): FactBook {
  return bookOf(new Map(), new Map(), [])
}

function bookOf(
  statements: ReadonlyMap<string, readonly Statement[]>,
  unsettled: ReadonlyMap<string, Freeze>,
  removals: Removals,
): FactBook {
  const removed = new Set(removals.map(({ authority }) => authority))

  function about(account: Account): readonly Statement[] {
    return statements.get(bytesToHexText(account)) ?? []
  }

  function reputationBefore(account: Account, height: number): number {
    let milli = NEWCOMER_REPUTATION_MILLI
    for (const { height: stated, fact } of about(account)) {
      if (fact.type === 'reputation' && stated < height) milli = fact.milli
    }
    return milli
  }

  return {
    reputationOf: (account) => reputationBefore(account, Number.POSITIVE_INFINITY),
    reputationBefore,
    freezesOf: (account) => freezesAmong(about(account)),
    freezeOf: (account) => lastingFreeze(about(account)),
    unsettledOf: (account) => unsettled.get(bytesToHexText(account)),
    unsettled: () => [...unsettled.values()],
    about,
    slashed: (account, after, upTo) =>
      sumTokens(
        about(account).map(({ height, fact }) =>
          fact.type === 'slash' && height > after && height <= upTo ? fact.amount : 0n,
        ),
      ),
    removed: () => removed,
    removals: () => removals,
    with({ height, timeMs }, facts) {
      const next = new Map(statements)
      const open = new Map(unsettled)
      for (const fact of facts.filter(isAccountFact)) {
        const key = bytesToHexText(fact.account)
        next.set(key, [...(next.get(key) ?? []), { height, timeMs, fact }])
        if (fact.type === 'freeze') open.set(key, { account: fact.account, seq: fact.seq, height, timeMs })
        const isOver = fact.type === 'void' && open.get(key)?.seq === fact.seq
        if (fact.type === 'thaw' || isOver) open.delete(key)
      }
      return bookOf(next, open, withRemovals(removals, removedBy(facts), height))
    },
  }
}

function freezesAmong(statements: readonly Statement[]): readonly Freeze[] {
  return statements.flatMap(({ height, timeMs, fact }) =>
    fact.type === 'freeze' ? [{ account: fact.account, seq: fact.seq, height, timeMs }] : [],
  )
}

function lastingFreeze(statements: readonly Statement[]): Freeze | undefined {
  const thawed = statements.findLast(({ fact }) => fact.type === 'thaw')?.height ?? 0
  return freezesAmong(statements).findLast(({ height }) => height > thawed)
}
