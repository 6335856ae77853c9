import { LoremeshError } from '../kernel/errors.ts'
import type { Agreement, AgreementEffect, AgreementOptions } from './agreement-host.ts'
import type {
  AgreementMessage,
  AgreementValue,
  Polka,
  Proposal,
  Statement,
  UnsignedStatement,
} from './agreement-message.ts'
import type { AgreementRecord, AgreementStep } from './agreement-record.ts'
import { createAgreementTally } from './agreement-tally.ts'
import { createVerdicts } from './agreement-verdicts.ts'

/*
 * The agreement of n = 3f+1 authorities on one value per height, of which f may be faulty in any way: Tendermint as
 * E. Buchman, J. Kwon and Z. Milosevic wrote it down in "The latest gossip on BFT consensus" (arXiv:1807.04938). The line
 * numbers below are those of its Algorithm 1. A machine decides one height; the host creates another one for the next.
 *
 * Where it differs from the paper, and why nothing is lost:
 * - getValue() and valid(v) are questions to the host, which takes its time. So the proposer waits no longer than
 *   timeoutPropose either, and a value that was refused is judged anew when a later round proposes it.
 * - The paper has every message reach everybody. Here authorities repeat what they stated in their round and pass on two
 *   kinds of proofs, so that a vote which a faulty authority showed to a single other one is as good as shown to all. The
 *   prevotes of a quorum for a value are a polka: it travels inside a proposal that has a validRound (line 28), and by
 *   itself (line 36). The precommits of a quorum in the last round show that it is over (line 47). So of contradicting
 *   statements of an authority only the first has to be held.
 * - A polka of an earlier round updates validValue, too, when it is newer than the one known (lines 42 and 43).
 * - Statements of rounds before the last one are forgotten (line 49). Who decided on them answers with the decision; if
 *   nobody did, the locks of f+1 honest authorities bring the same value up again.
 */

/** Index of the authority that proposes in a round. */
export function proposerOf(height: number, round: number, authorities: number): number {
  return ((height % authorities) + (round % authorities)) % authorities
}

/**
 * One authority's part in the agreement on one height. `sign` gives its signature under the `statementDigest` of what it
 * states. `record` is the last one persisted, if the authority has been in this height before. Throws `bad-input` when
 * the number of authorities is not 3f+1, or the record is one of another height.
 */
export function createAgreement(
  { sign }: { readonly sign: (statement: UnsignedStatement) => Uint8Array },
  { height, authorities, authority, timeouts }: AgreementOptions,
  record?: AgreementRecord,
): Agreement {
  const f = (authorities - 1) / 3
  if (!Number.isInteger(f) || (record !== undefined && record.height !== height)) {
    throw new LoremeshError('bad-input', `No agreement of ${authorities} authorities on height ${height}`)
  }
  const quorum = 2 * f + 1
  const waitMs = { propose: timeouts.proposeMs, prevote: timeouts.prevoteMs, precommit: timeouts.precommitMs }

  // Lines 2 to 9; round -1 is before the start.
  let state: AgreementRecord = record ?? {
    height,
    round: -1,
    step: 'propose',
    locked: null,
    valid: null,
    sent: [],
    lastPrecommits: [],
  }
  let isDecided = false

  let effects: AgreementEffect[] = []
  const tally = createAgreementTally(quorum)
  const verdicts = createVerdicts((value) => effects.push({ type: 'judge', value }))
  /** Steps whose timers are set in this round: "for the first time" of lines 34 and 47. */
  const timed = new Set<AgreementStep>()
  /** The newest polka that another authority showed. */
  let shown: Polka | null = null

  tally.advanceTo(state.round)
  for (const statement of [...state.sent, ...state.lastPrecommits]) tally.add(statement)
  if (state.valid !== null) verdicts.accept(state.valid.value.id)

  /** Takes an input and applies the rules that it made applicable. */
  function react(input: () => void): readonly AgreementEffect[] {
    if (isDecided) return []
    effects = []
    const before = state
    input()
    applyRules()
    return state === before ? effects : [{ type: 'persist', record: state }, ...effects]
  }

  function applyRules(): void {
    while (!isDecided && rules.some((rule) => rule()));
  }

  // Lines 11 to 13
  function startRound(round: number): void {
    const lastPrecommits = tally.votes('precommit', round - 1)
    state = { ...state, round, step: 'propose', sent: [], lastPrecommits }
    tally.advanceTo(round)
    verdicts.keepValid((valueId) => findValue(valueId) !== undefined)
    timed.clear()
    openRound()
  }

  // Lines 14 to 21
  function openRound(): void {
    const isProposer = proposerOf(height, state.round, authorities) === authority
    if (isProposer && state.valid !== null) {
      const { value, round, prevotes } = state.valid
      say({ kind: 'proposal', height, round: state.round, value, validRound: round, prevotes, authority })
    } else {
      if (isProposer) effects.push({ type: 'value-wanted', round: state.round })
      setTimer('propose')
    }
  }

  // Lines 18 and 19, when the host has answered
  function proposeNew(round: number, value: AgreementValue): void {
    const isProposer = proposerOf(height, round, authorities) === authority
    const isWaiting = round === state.round && state.step === 'propose' && tally.proposal(round) === undefined
    if (!isProposer || !isWaiting) return
    verdicts.accept(value.id)
    say({ kind: 'proposal', height, round, value, validRound: -1, prevotes: [], authority })
  }

  // Lines 22 to 33: where validRound is -1, the condition of line 29 says what that of line 23 does.
  function prevoteForProposal(): boolean {
    const proposal = tally.proposal(state.round)
    if (state.step !== 'propose' || proposal === undefined) return false
    const { value, validRound } = proposal
    const { locked } = state
    const isAllowed = locked === null || locked.round <= validRound || locked.valueId === value.id
    const isAccepted = isAllowed && verdicts.isValid(value)
    if (isAllowed && verdicts.isOpen(value.id)) return false
    vote('prevote', isAccepted ? value.id : null)
    return true
  }

  // Lines 34 and 35
  function limitPrevote(): boolean {
    const { round, step } = state
    return step === 'prevote' && tally.votes('prevote', round).length >= quorum && setTimer('prevote')
  }

  // Lines 36, 42 and 43
  function updateValid(): boolean {
    const polka = countPolka() ?? shown
    if (polka === null || polka.round > state.round || polka.round <= (state.valid?.round ?? -1)) return false
    if (!verdicts.isValid(polka.value)) return false
    state = { ...state, valid: polka }
    return true
  }

  function countPolka(): Polka | null {
    const { round, step } = state
    const majority = step === 'propose' ? undefined : tally.majority('prevote', round)
    const value = findValue(majority?.valueId)
    if (majority === undefined || value === undefined) return null
    return { kind: 'polka', height, round, value, prevotes: majority.votes }
  }

  // Lines 36 to 41
  function precommitValid(): boolean {
    const { round, step, valid } = state
    if (step !== 'prevote' || valid?.round !== round) return false
    state = { ...state, locked: { round, valueId: valid.value.id } }
    vote('precommit', valid.value.id)
    return true
  }

  // Lines 44 to 46
  function precommitNil(): boolean {
    if (state.step !== 'prevote' || tally.majority('prevote', state.round)?.valueId !== null) return false
    vote('precommit', null)
    return true
  }

  // Lines 47 and 48
  function limitPrecommit(): boolean {
    return tally.votes('precommit', state.round).length >= quorum && setTimer('precommit')
  }

  // Lines 49 to 51
  function decide(): boolean {
    for (const round of tally.rounds()) {
      const majority = tally.majority('precommit', round)
      const value = findValue(majority?.valueId)
      if (majority === undefined || value === undefined || !verdicts.isValid(value)) continue
      isDecided = true
      effects.push({ type: 'decided', value, round, precommits: majority.votes })
      return true
    }
    return false
  }

  // Lines 55 and 56
  function skipRounds(): boolean {
    const newest = tally.newestRoundOf(f + 1)
    if (newest <= state.round) return false
    startRound(newest)
    return true
  }

  /** In this order a timer is set only where nothing better applies. Each one tells whether it did anything. */
  const rules = [
    decide,
    skipRounds,
    prevoteForProposal,
    updateValid,
    precommitValid,
    precommitNil,
    limitPrevote,
    limitPrecommit,
  ]

  // Lines 57 to 67
  function endStep(step: AgreementStep, round: number): void {
    if (round !== state.round) return
    if (step === 'precommit') startRound(round + 1)
    else if (step === state.step) vote(step === 'propose' ? 'prevote' : 'precommit', null)
  }

  function vote(kind: 'prevote' | 'precommit', valueId: string | null): void {
    say({ kind, height, round: state.round, valueId, authority })
    state = { ...state, step: kind }
  }

  function say(unsigned: UnsignedStatement): void {
    const statement: Statement = { ...unsigned, signature: sign(unsigned) }
    state = { ...state, sent: [...state.sent, statement] }
    tally.add(statement)
    effects.push({ type: 'broadcast', message: statement })
  }

  /** Sets the timer of a step, once a round. */
  function setTimer(step: AgreementStep): boolean {
    if (timed.has(step)) return false
    timed.add(step)
    const { round } = state
    effects.push({ type: 'timer', step, round, ms: waitMs[step] + round * timeouts.growthMs })
    return true
  }

  function findValue(valueId: string | null | undefined): AgreementValue | undefined {
    if (valueId == null) return undefined
    return tally.value(valueId) ?? [state.valid, shown].find((polka) => polka?.value.id === valueId)?.value
  }

  function take(message: AgreementMessage): void {
    if (message.height !== height) return
    if (message.kind === 'polka') takePolka(message)
    else if (message.kind === 'proposal') takeProposal(message)
    else takeStatement(message)
  }

  function takeProposal(proposal: Proposal): void {
    const { round, value, validRound, prevotes } = proposal
    if (proposal.authority !== proposerOf(height, round, authorities) || validRound >= round) return
    takeStatement(proposal)
    if (validRound >= 0) takePolka({ kind: 'polka', height, round: validRound, value, prevotes })
  }

  function takePolka(polka: Polka): void {
    for (const prevote of polka.prevotes) {
      takeStatement({ kind: 'prevote', height, round: polka.round, valueId: polka.value.id, ...prevote })
    }
    if (polka.round > (shown?.round ?? -1)) shown = polka
  }

  function takeStatement(statement: Statement): void {
    if (statement.authority === authority) return
    const first = tally.add(statement)
    if (first !== undefined) effects.push({ type: 'equivocation', evidence: { first, second: statement } })
  }

  function repeat(): readonly AgreementMessage[] {
    if (isDecided) return []
    const { sent, lastPrecommits, valid } = state
    return [...lastPrecommits, ...sent, ...(valid === null ? [] : [valid])]
  }

  // Line 10, or where the record says
  function start(): void {
    for (const message of repeat()) effects.push({ type: 'broadcast', message })
    if (state.round < 0) startRound(0)
    else if (state.step === 'propose' && tally.proposal(state.round)?.authority !== authority) openRound()
  }

  return {
    start: () => react(start),
    propose: (round, value) => react(() => proposeNew(round, value)),
    receive: (message) => react(() => take(message)),
    judged: (valueId, isValid) => react(() => verdicts.answer(valueId, isValid)),
    timedOut: (step, round) => react(() => endStep(step, round)),
    repeat,
  }
}
