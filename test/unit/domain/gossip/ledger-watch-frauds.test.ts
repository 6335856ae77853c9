import { describe, expect, it } from 'vitest'
import { subjectOf, type LedgerNews, type Verdict } from '../../../../src/domain/gossip/ledger-watch.ts'
import { proveDoubleVote } from '../../../../src/domain/ledger/double-vote.ts'
import { ann, bob } from '../../../support/ledger.ts'
import { certificateOf, entryAt, forkOf, operations } from '../../../support/slot-entries.ts'
import { certificate, entry, openWatch, pay, unsigned } from './watch-fixture.ts'

describe('a fork', () => {
  it('is proven by whoever sees both entries, and freezes the account at once', async () => {
    const { judge, told, isFrozen } = openWatch()
    await judge(entry(pay(1)))
    expect(isFrozen(ann.account)).toBe(false)
    expect(await judge(entry(pay(2)))).toBe('ignore')
    expect([told.frauds.length, told.own, isFrozen(ann.account)]).toEqual([1, 1, true])
    expect(await judge(entry(pay(3, 6)))).toBe('ignore')
    expect(isFrozen(bob.account)).toBe(false)
  })

  it('is proven by an entry that came as a payment', async () => {
    const { judge, note, told } = openWatch()
    expect([note(pay(1)), note(pay(1))]).toEqual([true, false])
    await judge(entry(pay(2)))
    expect(told.own).toBe(1)
  })

  it('is told once, whatever proves it again', async () => {
    const { judge, told } = openWatch()
    expect(await judge(forkOf(pay(1), pay(2)))).toBe('accept')
    expect(await judge(forkOf(pay(1), pay(2)))).toBe('ignore')
    expect(await judge(forkOf(pay(1), pay(3)))).toBe('ignore')
    await judge(entry(pay(1)))
    await judge(entry(pay(2)))
    expect([told.frauds.length, told.own]).toEqual([1, 0])
  })

  it('is passed on although it was proven here, when the proof comes before it was told', async () => {
    const { judge, note } = openWatch()
    note(pay(1))
    note(pay(2))
    expect(await judge(forkOf(pay(1), pay(2)))).toBe('accept')
    expect(await judge(forkOf(pay(1), pay(2)))).toBe('ignore')
  })

  it('that is proven while another proof of it is verified is passed on', async () => {
    const { judge, note, told } = openWatch()
    const verdict = judge(forkOf(pay(1), pay(2)))
    note(pay(1))
    note(pay(2))
    expect([await verdict, told.frauds.length]).toEqual(['accept', 1])
  })

  it('costs the sender of a forged proof score', async () => {
    const { judge, isFrozen } = openWatch()
    expect(await judge(forkOf(pay(1), unsigned(pay(2))))).toBe('reject')
    expect(isFrozen(ann.account)).toBe(false)
  })

  it('does not go on for ever: of one account the first few are told', async () => {
    const { judge } = openWatch()
    const verdicts: Verdict[] = []
    for (let seq = 1; seq <= 6; seq++) verdicts.push(await judge(forkOf(pay(1, seq), pay(2, seq))))
    expect(verdicts).toEqual(['accept', 'accept', 'accept', 'accept', 'ignore', 'ignore'])
  })

  it('is over once an entry is certified that was written long after it', async () => {
    const { judge, recall, isFrozen } = openWatch()
    recall([forkOf(pay(1), pay(2))], { height: 10, removals: [] })
    expect(isFrozen(ann.account)).toBe(true)
    for (const [checkpoint, stays] of [
      [12, true],
      [13, false],
    ] as const) {
      const later = entryAt(ann, checkpoint, operations.pay(1), { checkpoint })
      await judge(entry(later))
      expect(isFrozen(ann.account)).toBe(true)
      await judge(certificate(later))
      expect(isFrozen(ann.account)).toBe(stays)
    }
  })
})

it('a double vote is told once for each authority', async () => {
  const { judge, told } = openWatch()
  const votes = [1, 2, 3].map((number) => {
    const signed = pay(number)
    const signature = certificateOf(signed).votes[0]?.signature ?? new Uint8Array()
    return { signed, signature }
  })
  const [one, two, three] = votes
  if (one === undefined || two === undefined || three === undefined) throw new Error('No votes')
  const news = [proveDoubleVote(0, one, two), proveDoubleVote(0, one, three)].map((evidence): LedgerNews => {
    if (evidence === undefined) throw new Error('No evidence')
    return { type: 'double-vote', evidence }
  })
  const verdicts: Verdict[] = []
  for (const one of news) verdicts.push(await judge(one))
  expect(verdicts).toEqual(['accept', 'ignore'])
  expect(told.frauds).toHaveLength(1)
  expect(news.map(subjectOf)).toEqual(['proofs', 'proofs'])
})
