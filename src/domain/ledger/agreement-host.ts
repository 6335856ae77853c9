import type { AgreementMessage, AgreementValue, Statement } from './agreement-message.ts'
import type { AgreementRecord, AgreementStep } from './agreement-record.ts'
import type { Vote } from './vote.ts'

/** How long each step waits, in milliseconds: its base, and `growthMs` more each round. */
interface AgreementTimeouts {
  readonly proposeMs: number
  readonly prevoteMs: number
  readonly precommitMs: number
  readonly growthMs: number
}

export interface AgreementOptions {
  readonly height: number
  /** How many authorities there are: 3f+1. */
  readonly authorities: number
  /** Index of this one. */
  readonly authority: number
  readonly timeouts: AgreementTimeouts
}

/**
 * One authority's part in the agreement on one height. Every input gives what its host has to do next. After the
 * decision no input has an effect.
 *
 * The host verifies messages (`verifyAgreementMessage`) before it hands them in. As long as nothing is decided it sends
 * `repeat()` to the others every second or so, and to an authority that comes back: that stands in for a network which
 * loses nothing. Once it has decided, it answers messages of this height with its decision, which the host of the other
 * one checks with `verifyDecision` and takes for its own.
 */
export interface Agreement {
  /**
   * Starts round 0, or goes on from the record. Messages may be received before; those of f+1 authorities start it, too.
   */
  start(): readonly AgreementEffect[]
  /** The value that this authority proposes in the round, as an answer to `value-wanted`. */
  propose(round: number, value: AgreementValue): readonly AgreementEffect[]
  /** A verified message of another authority. */
  receive(message: AgreementMessage): readonly AgreementEffect[]
  /** The answer to `judge`. */
  judged(valueId: string, isValid: boolean): readonly AgreementEffect[]
  /** A timer has run down. */
  timedOut(step: AgreementStep, round: number): readonly AgreementEffect[]
  /** What others may have missed. */
  repeat(): readonly AgreementMessage[]
}

/** What the host of an agreement has to do, in the order given. */
export type AgreementEffect =
  /** Store the record durably before any later effect. */
  | { readonly type: 'persist'; readonly record: AgreementRecord }
  /** Send the message to all other authorities. */
  | { readonly type: 'broadcast'; readonly message: AgreementMessage }
  /** Call `timedOut(step, round)` after `ms` milliseconds. */
  | { readonly type: 'timer'; readonly step: AgreementStep; readonly round: number; readonly ms: number }
  /** Make a valid value and call `propose(round, value)`. */
  | { readonly type: 'value-wanted'; readonly round: number }
  /** Find out whether the value is valid and call `judged(value.id, isValid)`. */
  | { readonly type: 'judge'; readonly value: AgreementValue }
  /** The value is final. `precommits` are those of 2f+1 authorities in `round`, in the order of the authorities. */
  | {
      readonly type: 'decided'
      readonly value: AgreementValue
      readonly round: number
      readonly precommits: readonly Vote[]
    }
  | { readonly type: 'equivocation'; readonly evidence: Equivocation }

/** Two different statements of one authority, of the same kind, height and round: no honest authority signs both. */
export interface Equivocation {
  readonly first: Statement
  readonly second: Statement
}
