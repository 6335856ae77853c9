import { expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { verdictOnError } from '../../../src/protocols/gossip.ts'

it('blames whoever forwards what is malformed or forged', () => {
  for (const code of ['bad-encoding', 'bad-signature', 'bad-certificate', 'message-too-large'] as const) {
    expect(verdictOnError(new LoremeshError(code, 'Wrong'))).toBe('reject')
  }
})

it('blames nobody for a later version or for a fault of this program', () => {
  expect(verdictOnError(new LoremeshError('unsupported', 'Later'))).toBe('ignore')
  expect(verdictOnError(new LoremeshError('internal', 'A fault'))).toBe('ignore')
  expect(verdictOnError(new TypeError('A fault'))).toBe('ignore')
})
