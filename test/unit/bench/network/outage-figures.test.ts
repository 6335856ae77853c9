import { expect, it } from 'vitest'
import { outageFigures } from '../../../../bench/network/outage-questions.ts'
import type { PaidAnswer } from '../../../../bench/tab/paid-question.ts'

function answer(change: Partial<PaidAnswer>): PaidAnswer {
  return {
    isAnswered: true,
    wasHeld: false,
    certified: '12',
    onCredit: '0',
    totalMs: 100,
    askedPeers: 3,
    troubles: [],
    ...change,
  }
}

it('counts what was paid by certified vouchers alone', () => {
  expect(outageFigures([answer({}), answer({})])).toMatchObject({
    answeredWithoutServer: { value: 1, runs: 2 },
    answeredOnCredit: { value: 0 },
  })
})

it('counts an answer on credit apart, also if a part of it was paid', () => {
  const onCredit = [answer({ certified: '0', onCredit: '12' }), answer({ certified: '11', onCredit: '1' })]
  expect(outageFigures([answer({}), answer({}), ...onCredit])).toMatchObject({
    answeredWithoutServer: { value: 0.5, runs: 4 },
    answeredOnCredit: { value: 0.5 },
  })
})

it('counts neither what nobody answered nor what was had for nothing', () => {
  const answers = [answer({}), answer({ isAnswered: false, certified: '0' }), answer({ certified: '0' })]
  expect(outageFigures(answers)).toMatchObject({
    answeredWithoutServer: { value: 0.3333, runs: 3 },
    answeredOnCredit: { value: 0 },
  })
})
