import { expect, it } from 'vitest'
import { agreedPayment } from '../../../../src/adapters/network-libp2p/agreed-payment.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../../../src/domain/ledger/account-state.ts'
import { ann, bob, createTestLedger } from '../../../support/ledger.ts'

const ledger = createTestLedger()
ledger.fund(ann)
const open = ledger.reserve(ann, bob, parseTokens('10'))
const claimed: Payment = { ...open, state: 'claimed', claimed: parseTokens('4') }
const released: Payment = { ...claimed, state: 'returned' }
const lapsed: Payment = { ...open, state: 'lapsed' }
const takenBack: Payment = { ...lapsed, state: 'returned' }
const invented: Payment = { ...claimed, claimed: parseTokens('9') }
const stranger: Payment = { ...open, payee: ann.account }

it.each<[string, readonly (Payment | undefined)[], Payment | undefined]>([
  ['all the same', [open, open, open], open],
  ['one behind', [open, claimed, claimed], claimed],
  ['two behind, at different places', [open, claimed, released], claimed],
  ['one invents a claim', [open, invented, open], open],
  ['one invents a return', [open, open, released], open],
  ['one invents another amount', [claimed, invented, released], claimed],
  ['taken back after a lapse', [open, lapsed, takenBack], lapsed],
  ['returned for sure', [released, released, open], released],
  ['known to one only', [open, undefined, undefined], undefined],
  ['known to two', [undefined, open, claimed], open],
  ['another payment', [stranger, open, undefined], undefined],
  ['unknown', [undefined, undefined, undefined], undefined],
])('of three answers that two have to confirm: %s', (_, answers, expected) => {
  expect(agreedPayment(answers, 2)).toEqual(expected)
  expect(agreedPayment([...answers].reverse(), 2)).toEqual(expected)
})

it('a single authority is believed', () => {
  expect(agreedPayment([claimed], 1)).toEqual(claimed)
  expect(agreedPayment([undefined], 1)).toBeUndefined()
})
