import { describe, expect, it } from 'vitest'
import { entryWords, phaseWords, stateMeaning } from '../../../src/peer/entry-words.ts'

describe('an entry', () => {
  it('says what it is and why, and nothing twice', () => {
    expect(entryWords({ kind: 'claim', reason: 'Earned with 2 passages' })).toEqual({
      kind: 'Earned',
      reason: 'with 2 passages',
    })
    expect(entryWords({ kind: 'open', reason: 'The account was opened' })).toEqual({
      kind: 'Account opened',
      reason: '',
    })
    expect(entryWords({ kind: 'pay', reason: '1 passage from a peer' }).reason).toBe('1 passage from a peer')
  })

  it('says what became of a payment or a reserve, and of others nothing', () => {
    expect(phaseWords({ kind: 'pay', phase: 'lapsed' })).toMatch(/about to come back/)
    expect(phaseWords({ kind: 'reserve', phase: 'claimed' })).toMatch(/the rest is about to come back/)
    expect(phaseWords({ kind: 'claim', phase: null })).toBe('')
    expect(phaseWords({ kind: 'incoming', phase: 'certified' })).toBe('')
  })

  it('says why it is pending', () => {
    expect(stateMeaning({ kind: 'incoming', state: 'pending' })).toMatch(/owed to you/)
    expect(stateMeaning({ kind: 'pay', state: 'pending' })).toMatch(/not final/)
  })
})
