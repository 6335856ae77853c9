import { describe, expect, it } from 'vitest'
import { entryWords, phaseWords, stateMeaning } from '../../../src/ui/screens/wallet/entry-words.ts'
import { checkWords, verdictWords } from '../../../src/ui/screens/wallet/receipt-words.ts'

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

describe('a check of a receipt', () => {
  it('is told in words of its own once it has passed, and else in those of the check', () => {
    const check = { name: 'voucher', ok: false, missing: false, detail: 'The voucher is not signed' } as const
    expect(checkWords(check)).toMatchObject({ outcome: 'Failed', detail: 'The voucher is not signed' })
    expect(checkWords({ ...check, missing: true }).outcome).toBe('Missing')
    expect(checkWords({ ...check, ok: true })).toEqual({
      title: "Payer's confirmation",
      outcome: 'Passed',
      detail: 'The payer signed that the price is owed, so that the seller can claim it',
    })
  })

  it('leads to a verdict that nobody can miss', () => {
    expect(verdictWords('valid').tone).toBe('good')
    expect(verdictWords('incomplete').tone).toBe('warn')
    expect(verdictWords('invalid').title).toBe('Do not trust this receipt')
  })
})
