import type { Account } from '../identity/account.ts'
import { toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import type { EntryHash } from './entry.ts'
import type { ParameterChange } from './parameter-change.ts'

/**
 * What no account may write for itself: a quorum of authorities states it in a checkpoint. Amounts in µT. Codes and fields
 * on the wire: docs/PROTOCOLS.md.
 */
export type Fact =
  /** A grant was collected by an entry that this checkpoint is the first to contain: the amount came into being. */
  | { readonly type: 'grant'; readonly account: Account; readonly amount: MicroTokens; readonly id: string }
  /** Nobody can claim the payment any more; its payer may take it back. */
  | { readonly type: 'lapse'; readonly payment: EntryHash }
  /** The account signed two entries at `seq`. */
  | { readonly type: 'freeze'; readonly account: Account; readonly seq: number }
  | { readonly type: 'thaw'; readonly account: Account }
  /** Nothing is certified at `seq`, and nothing counts there or after it that names an earlier checkpoint (`isVoided`). */
  | { readonly type: 'void'; readonly account: Account; readonly seq: number }
  /** Stake taken from the account for a proven fraud. */
  | { readonly type: 'slash'; readonly account: Account; readonly amount: MicroTokens }
  | { readonly type: 'ban'; readonly account: Account; readonly untilMs: number }
  /** The account's reputation from now on, in thousandths. */
  | { readonly type: 'reputation'; readonly account: Account; readonly milli: number }
  /** Votes of the authority with this index don't count under entries that name this checkpoint or a later one. */
  | { readonly type: 'remove-authority'; readonly authority: number }
  /** Free tokens that the account did not use and that returned to the pool. */
  | { readonly type: 'decay'; readonly account: Account; readonly amount: MicroTokens }
  /** The parameter has another value from this checkpoint on. */
  | { readonly type: 'parameter'; readonly change: ParameterChange }

/** What the grants among facts brought into being, in µT. Throws `bad-input` above the cap. */
export function mintedBy(facts: readonly Fact[]): MicroTokens {
  return toMicroTokens(facts.reduce((sum, fact) => (fact.type === 'grant' ? sum + fact.amount : sum), 0n))
}

/** The authorities that the facts remove. */
export function removedBy(facts: readonly Fact[]): readonly number[] {
  return facts.flatMap((fact) => (fact.type === 'remove-authority' ? [fact.authority] : []))
}

/** What the facts change in the parameters. */
export function changesAmong(facts: readonly Fact[]): readonly ParameterChange[] {
  return facts.flatMap((fact) => (fact.type === 'parameter' ? [fact.change] : []))
}
