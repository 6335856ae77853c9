import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  DEFAULT_SERVING_SETTINGS,
  parseServingSettings,
  toServingCaps,
} from '../../../src/peer/serving-settings.ts'

it('limit nothing before the user wants it', () => {
  expect(parseServingSettings(undefined)).toEqual(DEFAULT_SERVING_SETTINGS)
  expect(toServingCaps(DEFAULT_SERVING_SETTINGS)).toEqual({
    uploadBytesPerSecond: Infinity,
    dailyBytes: Infinity,
    servesOnBattery: true,
  })
})

it('mean bytes: kilobits of 125, megabytes of 1,048,576', () => {
  const settings = parseServingSettings({ uploadKbps: 800, dailyMegabytes: 50, servesOnBattery: false })
  expect(toServingCaps(settings)).toEqual({
    uploadBytesPerSecond: 100_000,
    dailyBytes: 52_428_800,
    servesOnBattery: false,
  })
})

it('allow no rate at which nobody could be served', () => {
  expect(parseServingSettings({ uploadKbps: 1 }).uploadKbps).toBe(64)
  expect(parseServingSettings({ uploadKbps: -1 }).uploadKbps).toBe(0)
})

it('are valid whatever was stored', () => {
  fc.assert(
    fc.property(fc.anything(), (stored) => {
      const settings = parseServingSettings(stored)
      expect(parseServingSettings(settings)).toEqual(settings)
    }),
  )
})
