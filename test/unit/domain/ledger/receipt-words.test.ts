import { describe, expect, it } from 'vitest'
import { checkWords, verdictWords } from '../../../../src/domain/ledger/receipt-words.ts'

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
