import { expect, it } from 'vitest'
import { parameters } from '../../../../src/domain/economy/parameters.ts'
import { newcomerReputation } from '../../../../src/domain/reputation/reputation-view.ts'
import { ann } from '../../../support/ledger.ts'

it('lets a newcomer earn, and no more', () => {
  expect(newcomerReputation.reputationOf(ann.account)).toBe(parameters.min_reputation_to_earn.default)
})
