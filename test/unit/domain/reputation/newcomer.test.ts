import { expect, it } from 'vitest'
import { parameters } from '../../../../src/domain/economy/parameters.ts'
import { NEWCOMER_REPUTATION } from '../../../../src/domain/reputation/newcomer.ts'

it('lets a newcomer earn, and no more', () => {
  expect(NEWCOMER_REPUTATION).toBe(parameters.min_reputation_to_earn.default)
})
