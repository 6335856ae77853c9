import { expect, it } from 'vitest'
import { describeCache } from '../../../src/ui/frame/cache-words.ts'
import type { CacheState } from '../../../src/peer/cache.ts'
import { sampleCacheEntries } from '../../support/sample-cache.ts'

const MB = 1024 * 1024
const state: CacheState = {
  entries: sampleCacheEntries().slice(0, 2),
  usedBytes: 3 * MB,
  limitBytes: 200 * MB,
  quotaBytes: 200 * MB,
  failure: '',
}

it('says how much bought passages take', () => {
  expect(describeCache(undefined)).toBe('')
  expect(describeCache(state)).toBe('2 passages take 3 MB now.')
  expect(describeCache({ ...state, entries: state.entries.slice(0, 1) })).toBe('1 passage takes 3 MB now.')
})

it('says what is in the way: the device, or a fault', () => {
  expect(describeCache({ ...state, limitBytes: 4 * MB })).toBe(
    '2 passages take 3 MB now. This device has room for 4 MB only.',
  )
  expect(describeCache({ ...state, failure: 'The disk is full' })).toBe(
    '2 passages take 3 MB now. It does not work at the moment: The disk is full.',
  )
})
