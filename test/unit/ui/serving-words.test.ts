import { expect, it } from 'vitest'
import { describePower, describeUpload, describeWakeLock } from '../../../src/ui/frame/serving-words.ts'
import { describeSleep } from '../../../src/ui/frame/sleep-words.ts'
import { formatDuration } from '../../../src/ui/format.ts'
import { toServingCaps, DEFAULT_SERVING_SETTINGS } from '../../../src/peer/serving-settings.ts'
import type { ServingState } from '../../../src/peer/serving.ts'

const state: ServingState = {
  pause: undefined,
  caps: toServingCaps(DEFAULT_SERVING_SETTINGS),
  power: 'mains',
  uploadedTodayBytes: 3 * 1024 * 1024,
}

it('says how much went out today, and when that was all', () => {
  expect(describeUpload(undefined)).toBe('')
  expect(describeUpload(state)).toBe('3 MB went out today.')
  expect(describeUpload({ ...state, pause: 'daily-volume' })).toBe(
    '3 MB went out today. Nobody is served until the day ends.',
  )
})

it('says what the device runs on, and when nobody is served because of it', () => {
  expect(describePower(undefined)).toBe('')
  expect(describePower(state)).toBe('It is plugged in now.')
  expect(describePower({ ...state, power: 'battery' })).toBe('It runs on battery now.')
  expect(describePower({ ...state, power: 'battery', pause: 'battery' })).toContain('nobody is served')
  expect(describePower({ ...state, power: 'unknown' })).toContain('does not say')
})

it('says whether the screen is kept on', () => {
  expect(describeWakeLock('off')).toBe('')
  expect(describeWakeLock('held')).toContain('stays on')
  expect(describeWakeLock('refused')).toContain('does not allow')
  expect(describeWakeLock('unsupported')).toContain('can’t')
})

it('says how long a tab slept', () => {
  expect(describeSleep({ endedAtMs: 0, durationMs: 11_400_000 })).toContain('slept for 3 h 10 min.')
  expect(formatDuration(59_999)).toBe('less than a minute')
  expect(formatDuration(4 * 60_000)).toBe('4 min')
  expect(formatDuration(2 * 3_600_000)).toBe('2 h')
  expect(formatDuration(52 * 3_600_000)).toBe('2 d 4 h')
})
