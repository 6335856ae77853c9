import type { Account } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import type { MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import { changesAmong, type Fact } from '../../src/domain/ledger/fact.ts'
import type { ParameterChange } from '../../src/domain/ledger/parameter-change.ts'
import type { CutPlace } from './cut.ts'
import type { FactBook } from './fact-book.ts'

/*
 * What a proposer may state or leave to the next checkpoint. Each choice has a reason of its own, which everybody checks;
 * the facts that follow from it are the same for everybody.
 */

/** The facts that a proposer chose to state. */
export interface FactChoice {
  /** Payments that nobody can claim any more. */
  readonly lapses: readonly EntryHash[]
  /** Places at which accounts signed two entries. */
  readonly freezes: readonly CutPlace[]
  /** Accounts whose fork was an accident: one of its entries is certified. */
  readonly thaws: readonly Account[]
  /** Places of forks, and of abandoned claims, of which no entry became certified. */
  readonly voids: readonly CutPlace[]
  /** Authorities that voted for two entries at one place. */
  readonly removals: readonly number[]
  /** What the operators of a quorum wish. */
  readonly changes: readonly ParameterChange[]
}

/** What the consequences of a choice depend on. */
export interface ChoiceSituation {
  readonly facts: FactBook
  readonly timeMs: number
  /** Stake of an account after the cut. */
  readonly stakeOf: (account: Account) => MicroTokens
}

const BAN_MS = 90 * 86_400_000
/** Thousandths of reputation that an accident costs. */
const ACCIDENT_MILLI = 200

/** The facts that a choice comes to, in any order. */
export function factsOf(choice: FactChoice, situation: ChoiceSituation): readonly Fact[] {
  return [
    ...choice.lapses.map((payment): Fact => ({ type: 'lapse', payment })),
    ...choice.freezes.flatMap((place) => punish(place, situation)),
    ...choice.thaws.flatMap((account) => forgive(account, situation)),
    ...choice.voids.flatMap(({ account, seq }): readonly Fact[] => [
      { type: 'void', account, seq },
      ...(isForked(situation.facts, { account, seq }) && isFirstFork(situation.facts, account)
        ? forgive(account, situation)
        : []),
    ]),
    ...choice.removals.map((authority): Fact => ({ type: 'remove-authority', authority })),
    ...choice.changes.map((change): Fact => ({ type: 'parameter', change })),
  ]
}

function punish({ account, seq }: CutPlace, { stakeOf, timeMs }: ChoiceSituation): readonly Fact[] {
  const amount = stakeOf(account)
  const slash: readonly Fact[] = amount === 0n ? [] : [{ type: 'slash', account, amount }]
  return [
    { type: 'freeze', account, seq },
    ...slash,
    { type: 'ban', account, untilMs: timeMs + BAN_MS },
    { type: 'reputation', account, milli: 0 },
  ]
}

/** A thaw ends the ban, too, and gives back the reputation less what an accident costs. */
function forgive(account: Account, { facts }: ChoiceSituation): readonly Fact[] {
  const before = facts.reputationBefore(account, facts.freezeOf(account)?.height ?? 0)
  return [
    { type: 'thaw', account },
    { type: 'reputation', account, milli: Math.max(0, before - ACCIDENT_MILLI) },
  ]
}

/** The choice that facts come of, if they are those of a choice, upon what checkpoints before state. */
export function choiceOf(facts: readonly Fact[], before: FactBook): FactChoice {
  const voids = facts.filter((fact) => fact.type === 'void')
  const forked = voids.filter((place) => isForked(before, place))
  const voided = new Set(forked.map(({ account }) => bytesToHexText(account)))
  return {
    lapses: facts.flatMap((fact) => (fact.type === 'lapse' ? [fact.payment] : [])),
    freezes: facts.filter((fact) => fact.type === 'freeze'),
    thaws: facts.flatMap((fact) =>
      fact.type === 'thaw' && !voided.has(bytesToHexText(fact.account)) ? [fact.account] : [],
    ),
    voids,
    removals: facts.flatMap((fact) => (fact.type === 'remove-authority' ? [fact.authority] : [])),
    changes: changesAmong(facts),
  }
}

/** Whether a place is where a frozen account signed two entries. */
export function isForked(facts: FactBook, { account, seq }: CutPlace): boolean {
  return facts.freezeOf(account)?.seq === seq
}

/** Whether an account has forked once only, which may happen to who restores a backup. */
export function isFirstFork(facts: FactBook, account: Account): boolean {
  return facts.freezesOf(account).length === 1
}
