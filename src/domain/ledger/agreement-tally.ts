import type { AgreementValue, AgreementVote, Proposal, Statement } from './agreement-message.ts'
import type { Vote } from './vote.ts'

/**
 * Rounds ahead of the own one of which an authority's statements are held, its newest. Two are enough to follow: a round
 * begins with 2f+1 precommits of the one before, and the honest ones among these have stated nothing beyond it yet.
 */
const ROUNDS_AHEAD = 2

/** A quorum of one round's votes for the same value, or for none. */
interface Majority {
  readonly valueId: string | null
  /** 2f+1 of them, in the order of the authorities. */
  readonly votes: readonly Vote[]
}

/**
 * What the authorities stated, by round. The first statement of an authority in its place counts, whatever it states
 * there later. Held are the own round, the one before, and of each authority its newest rounds ahead: nobody can fill it.
 */
export interface AgreementTally {
  /** Counts a statement; gives the one that the same authority made in its place before, once, when they differ. */
  add(statement: Statement): Statement | undefined
  /** Makes `round` the own one. */
  advanceTo(round: number): void
  proposal(round: number): Proposal | undefined
  /** The value with this id, if a proposal that is held proposed it. */
  value(valueId: string): AgreementValue | undefined
  /** The votes of a round that are held, for whatever value. */
  votes(kind: AgreementVote['kind'], round: number): readonly AgreementVote[]
  majority(kind: AgreementVote['kind'], round: number): Majority | undefined
  /** The rounds of which statements are held. */
  rounds(): readonly number[]
  /** The newest round in which at least `count` authorities have stated something; -1 when there is none. */
  newestRoundOf(count: number): number
}

interface RoundLog {
  proposal: Proposal | undefined
  readonly prevote: Map<number, AgreementVote>
  readonly precommit: Map<number, AgreementVote>
  /** Kinds and authorities that were reported already. */
  readonly reported: Set<string>
}

/** An empty tally in which `quorum` votes are a majority. Before the first `advanceTo` every round is ahead. */
export function createAgreementTally(quorum: number): AgreementTally {
  const logs = new Map<number, RoundLog>()
  let ownRound = -1

  function logOf(round: number): RoundLog {
    let log = logs.get(round)
    if (log === undefined) {
      log = { proposal: undefined, prevote: new Map(), precommit: new Map(), reported: new Set() }
      logs.set(round, log)
    }
    return log
  }

  /** Whether a statement is to be held; if it needs room, the authority's nearest round ahead is forgotten. */
  function admits({ authority, round }: Statement): boolean {
    if (round <= ownRound) return round >= ownRound - 1
    const ahead = [...logs].filter(([other, log]) => other > ownRound && speakers(log).has(authority))
    const nearest = Math.min(...ahead.map(([other]) => other))
    if (ahead.length < ROUNDS_AHEAD || ahead.some(([other]) => other === round)) return true
    if (round < nearest) return false
    forget(authority, nearest)
    return true
  }

  function forget(authority: number, round: number): void {
    const log = logOf(round)
    log.prevote.delete(authority)
    log.precommit.delete(authority)
    if (log.proposal?.authority === authority) log.proposal = undefined
    if (speakers(log).size === 0) logs.delete(round)
  }

  function votes(kind: AgreementVote['kind'], round: number): readonly AgreementVote[] {
    return [...(logs.get(round)?.[kind].values() ?? [])]
  }

  return {
    add: (statement) => {
      if (!admits(statement)) return undefined
      const log = logOf(statement.round)
      const { kind, authority } = statement
      const earlier = kind === 'proposal' ? log.proposal : log[kind].get(authority)
      if (earlier === undefined) {
        if (statement.kind === 'proposal') log.proposal = statement
        else log[statement.kind].set(authority, statement)
        return undefined
      }
      const slot = `${kind} ${authority}`
      if (saysTheSame(earlier, statement) || log.reported.has(slot)) return undefined
      log.reported.add(slot)
      return earlier
    },
    advanceTo: (round) => {
      ownRound = round
      for (const old of [...logs.keys()].filter((held) => held < round - 1)) logs.delete(old)
    },
    proposal: (round) => logs.get(round)?.proposal,
    value: (valueId) =>
      [...logs.values()].map(({ proposal }) => proposal?.value).find((value) => value?.id === valueId),
    votes,
    majority: (kind, round) => {
      const all = [...votes(kind, round)].sort((a, b) => a.authority - b.authority)
      for (const { valueId } of all) {
        const same = all.filter((vote) => vote.valueId === valueId)
        if (same.length >= quorum) return { valueId, votes: same.slice(0, quorum).map(toVote) }
      }
      return undefined
    },
    rounds: () => [...logs.keys()],
    newestRoundOf: (count) =>
      Math.max(-1, ...[...logs].filter(([, log]) => speakers(log).size >= count).map(([round]) => round)),
  }
}

function speakers({ proposal, prevote, precommit }: RoundLog): Set<number> {
  const proposers = proposal === undefined ? [] : [proposal.authority]
  return new Set([...proposers, ...prevote.keys(), ...precommit.keys()])
}

function saysTheSame(a: Statement, b: Statement): boolean {
  if (a.kind === 'proposal' && b.kind === 'proposal') {
    return a.value.id === b.value.id && a.validRound === b.validRound
  }
  return a.kind !== 'proposal' && b.kind !== 'proposal' && a.valueId === b.valueId
}

function toVote({ authority, signature }: AgreementVote): Vote {
  return { authority, signature }
}
