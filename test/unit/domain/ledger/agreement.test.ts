import { describe, expect, it } from 'vitest'
import { createAgreement, proposerOf } from '../../../../src/domain/ledger/agreement.ts'
import {
  a,
  accept,
  b,
  height,
  inWords,
  locked,
  machineOf,
  nextRound,
  polka,
  proposal,
  receive,
  recordOf,
  sent,
  signature,
  started,
  timeouts,
  timers,
  vote,
  votes,
} from '../../../support/agreement-samples.ts'
import { expectRefusal } from '../../../support/ledger.ts'

describe('starting a round (lines 11 to 21)', () => {
  it('makes the proposer ask for a value, propose it and prevote for it', () => {
    const machine = machineOf(0)
    const effects = machine.start()
    expect(effects).toContainEqual({ type: 'value-wanted', round: 0 })
    expect(timers(effects)).toEqual(['propose 0 1000'])
    expect(sent(machine.propose(0, a))).toEqual(['proposal 0 a', 'prevote 0 a'])
    expect(machine.propose(0, b)).toEqual([])
  })

  it('makes the others wait for it, longer in each round', () => {
    const machine = machineOf(3)
    expect(timers(machine.start())).toEqual(['propose 0 1000'])
    expect(timers(nextRound(machine, 0))).toEqual(['propose 1 1100'])
    expect(timers(nextRound(machine, 1))).toEqual(['propose 2 1200'])
  })

  it('makes the proposer bring up the value that it knows to be valid, with the proof', () => {
    const machine = machineOf(1)
    machine.start()
    accept(machine, 0, a)
    receive(machine, votes('prevote', [0, 2], 0, a))
    const effects = nextRound(machine, 0)
    expect(sent(effects)).toEqual(['proposal 1 a of 0', 'prevote 1 a'])
    const [message] = effects.flatMap((effect) => (effect.type === 'broadcast' ? [effect.message] : []))
    expect(message).toMatchObject({ prevotes: [{ authority: 0 }, { authority: 1 }, { authority: 2 }] })
  })

  it('gives every authority its turn', () => {
    expect([0, 1, 2, 3, 4].map((round) => proposerOf(5, round, 4))).toEqual([1, 2, 3, 0, 1])
  })

  it('happens when f+1 others have started, too', () => {
    const machine = machineOf(3)
    expect(machine.receive(proposal(0, a))).toEqual([])
    expect(timers(machine.receive(vote('prevote', 1, 0, a)))).toEqual(['propose 0 1000'])
    expect(sent(machine.judged(a.id, true))).toEqual(['prevote 0 a'])
  })
})

describe('a proposal (lines 22 to 33)', () => {
  it('gets a prevote as soon as it is judged valid', () => {
    const machine = started()
    expect(machine.receive(proposal(0, a))).toEqual([{ type: 'judge', value: a }])
    expect(sent(machine.judged(a.id, true))).toEqual(['prevote 0 a'])
  })

  it('gets a prevote for nil when it is judged invalid, and is judged anew in another round', () => {
    const machine = started()
    machine.receive(proposal(0, a))
    expect(sent(machine.judged(a.id, false))).toEqual(['prevote 0 nil'])
    nextRound(machine, 0)
    expect(sent(accept(machine, 1, a))).toEqual(['prevote 1 a'])
  })

  it('gets a prevote for nil when it comes too late, or its judgement does (lines 57 to 60)', () => {
    const machine = started()
    machine.receive(proposal(0, a))
    expect(sent(machine.timedOut('propose', 0))).toEqual(['prevote 0 nil'])
    expect(machine.judged(a.id, true)).toEqual([])
    expect(machine.timedOut('propose', 0)).toEqual([])
  })

  it('is ignored when it is not the proposer who made it, for another height, or proven by its own round', () => {
    const machine = started()
    const proven = proposal(0, a, polka([0, 1, 2], 0, a))
    for (const other of [{ ...proposal(0, a), authority: 1 }, { ...proposal(0, a), height: 9 }, proven]) {
      expect(machine.receive(other)).toEqual([])
    }
  })

  it('of another value gets a prevote for nil from who is locked, without being judged', () => {
    expect(sent(locked().receive(proposal(1, b)))).toEqual(['prevote 1 nil'])
  })

  it('of the locked value gets a prevote, whether it is proven or not', () => {
    expect(sent(locked().receive(proposal(1, a)))).toEqual(['prevote 1 a'])
    expect(sent(locked().receive(proposal(1, a, polka([0, 1, 2], 0, a))))).toEqual(['prevote 1 a'])
  })

  it('of another value unlocks when a quorum prevoted for it since, not when it did before', () => {
    const machine = locked()
    nextRound(machine, 1)
    nextRound(machine, 2)
    machine.timedOut('propose', 3)
    expect(sent(nextRound(machine, 3))).toEqual([])
    machine.receive(proposal(4, b, polka([0, 1, 2], 1, b)))
    expect(sent(machine.judged(b.id, true))).toEqual(['prevote 4 b'])

    const other = started()
    nextRound(other, 0)
    accept(other, 1, a)
    expect(sent(receive(other, votes('prevote', [0, 1], 1, a)))).toEqual(['precommit 1 a'])
    nextRound(other, 1)
    expect(sent(other.receive(proposal(2, b, polka([0, 1, 2], 0, b))))).toEqual(['prevote 2 nil'])
  })
})

describe('prevotes (lines 34 to 46)', () => {
  it('of a quorum for different values set a timer once, which ends in a precommit for nil (lines 61 to 64)', () => {
    const machine = started()
    machine.timedOut('propose', 0)
    expect(timers(receive(machine, votes('prevote', [0, 1, 2], 0, a)))).toEqual(['prevote 0 500'])
    expect(sent(machine.timedOut('prevote', 0))).toEqual(['precommit 0 nil'])
    expect(machine.timedOut('prevote', 0)).toEqual([])
  })

  it('of a quorum for a valid proposal lock it, in a step after the own prevote', () => {
    const machine = started()
    receive(machine, [proposal(0, a), ...votes('prevote', [0, 1, 2], 0, a)])
    const effects = machine.judged(a.id, true)
    expect(sent(effects)).toEqual(['prevote 0 a', 'precommit 0 a'])
    expect(recordOf(effects)).toMatchObject({
      locked: { round: 0, valueId: a.id },
      valid: { round: 0, value: a },
    })
  })

  it('that come after the own precommit make the value known as valid, without a lock', () => {
    const machine = started()
    accept(machine, 0, a)
    machine.receive(vote('prevote', 0, 0, a))
    machine.timedOut('prevote', 0)
    const effects = machine.receive(vote('prevote', 1, 0, a))
    expect(recordOf(effects)).toMatchObject({
      step: 'precommit',
      locked: null,
      valid: { round: 0, value: a },
    })
  })

  it('of a quorum for nil end in a precommit for nil', () => {
    const machine = started()
    machine.timedOut('propose', 0)
    expect(sent(receive(machine, votes('prevote', [0, 1], 0, null)))).toEqual(['precommit 0 nil'])
  })

  it('that another one shows as a proof lock in their round, and are known as valid in a later one', () => {
    const machine = started()
    machine.timedOut('propose', 0)
    machine.receive(polka([0, 1, 2], 0, a))
    expect(sent(machine.judged(a.id, true))).toEqual(['precommit 0 a'])

    const later = started()
    nextRound(later, 0)
    later.receive(polka([0, 1, 2], 0, a))
    expect(recordOf(later.judged(a.id, true))).toMatchObject({ locked: null, valid: { round: 0 } })
    expect(later.repeat().map(inWords)).toContain('polka 0 a')
  })
})

describe('precommits (lines 47 to 56, 65 to 67)', () => {
  it('of a quorum for different values set a timer once, which ends the round', () => {
    const machine = started()
    const effects = receive(machine, [...votes('precommit', [0, 1], 0, null), vote('precommit', 2, 0, a)])
    expect(timers(effects)).toEqual(['precommit 0 400'])
    expect(timers(machine.timedOut('precommit', 0))).toEqual(['propose 1 1100'])
    expect(machine.timedOut('precommit', 0)).toEqual([])
  })

  it('that ended the last round are shown to others', () => {
    const machine = started()
    nextRound(machine, 0)
    machine.timedOut('propose', 1)
    expect(machine.repeat().map(inWords)).toEqual([
      ...Array<string>(3).fill('precommit 0 nil'),
      'prevote 1 nil',
    ])
  })

  it('of a quorum for a valid proposal decide, in the last round, too; then nothing has an effect any more', () => {
    const machine = started()
    machine.receive(proposal(0, a))
    machine.timedOut('propose', 0)
    nextRound(machine, 0)
    const late = started()
    accept(late, 0, a)
    receive(late, votes('precommit', [0, 1], 0, a))
    receive(late, votes('prevote', [0, 1, 2], 1, null))
    expect(late.receive(vote('precommit', 2, 0, a))).toEqual([
      {
        type: 'decided',
        value: a,
        round: 0,
        precommits: [0, 1, 2].map((authority) => ({ authority, signature })),
      },
    ])
    expect([...late.receive(proposal(1, b)), ...late.timedOut('propose', 1), ...late.repeat()]).toEqual([])
  })

  it('decide as soon as the value is known and judged', () => {
    const machine = started()
    receive(machine, votes('precommit', [0, 1, 2], 0, a))
    expect(machine.receive(proposal(0, a))).toEqual([{ type: 'judge', value: a }])
    expect(machine.judged(a.id, true)).toMatchObject([{ type: 'decided', value: a }])
  })

  it('and other statements of f+1 authorities in a later round make it skip to it, those of f do not', () => {
    const machine = started()
    expect(receive(machine, [vote('prevote', 0, 7, a), vote('precommit', 0, 7, null)])).toEqual([])
    expect(timers(machine.receive(vote('prevote', 1, 7, null)))).toEqual(['propose 7 1700'])
  })
})

describe('a single authority', () => {
  it('decides at once', () => {
    const machine = createAgreement(
      { sign: () => signature },
      { height, authorities: 1, authority: 0, timeouts },
    )
    machine.start()
    const effects = machine.propose(0, a)
    expect(effects.map(({ type }) => type)).toEqual([
      'persist',
      'broadcast',
      'broadcast',
      'broadcast',
      'decided',
    ])
    expect(effects.at(-1)).toMatchObject({ value: a, round: 0, precommits: [{ authority: 0 }] })
  })
})

describe('a machine', () => {
  it('is refused for a number of authorities that is not 3f+1', () => {
    const options = { height, authorities: 3, authority: 0, timeouts }
    expectRefusal(() => createAgreement({ sign: () => signature }, options), 'bad-input')
  })
})

describe('equivocation', () => {
  it('is reported once, with both statements, of which the first one counts', () => {
    const machine = started()
    machine.timedOut('propose', 0)
    const [first, second] = [vote('prevote', 0, 0, null), vote('prevote', 0, 0, a)]
    expect(receive(machine, [first, second, first, second])).toEqual([
      { type: 'equivocation', evidence: { first, second } },
    ])
    expect(sent(machine.receive(vote('prevote', 1, 0, null)))).toEqual(['precommit 0 nil'])
  })

  it('of a proposer, and by a vote in a proof, is reported', () => {
    const machine = started()
    const [first, second] = [proposal(0, a), proposal(0, b)]
    expect(receive(machine, [first, second])).toContainEqual({
      type: 'equivocation',
      evidence: { first, second },
    })
    machine.receive(vote('prevote', 2, 0, b))
    expect(machine.receive(polka([0, 1, 2], 0, a))).toContainEqual({
      type: 'equivocation',
      evidence: { first: vote('prevote', 2, 0, b), second: vote('prevote', 2, 0, a) },
    })
  })
})
