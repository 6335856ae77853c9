import type { ServingCaps } from '../domain/network/serving-caps.ts'

/** What the user allows serving to take. */
export interface ServingSettings {
  /** Upload in kilobits a second, `MIN_UPLOAD_KBPS` at least; 0 for no limit. */
  readonly uploadKbps: number
  /** Upload in MB a day; 0 for no limit. */
  readonly dailyMegabytes: number
  readonly servesOnBattery: boolean
  /** Whether the screen stays on while this peer serves. */
  readonly keepsAwake: boolean
}

export const DEFAULT_SERVING_SETTINGS: ServingSettings = {
  uploadKbps: 0,
  dailyMegabytes: 0,
  servesOnBattery: true,
  keepsAwake: false,
}

/** With less, a buyer would wait too long for a single context. */
export const MIN_UPLOAD_KBPS = 64
const MAX_UPLOAD_KBPS = 10_000_000
const MAX_DAILY_MEGABYTES = 10_000_000
const BYTES_PER_KILOBIT = 125
const BYTES_PER_MEGABYTE = 1024 * 1024

/** The valid settings among `value`; the default stands in for each that is missing, the nearest one for what is out of range. */
export function parseServingSettings(value: unknown): ServingSettings {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const { servesOnBattery, keepsAwake } = given
  const defaults = DEFAULT_SERVING_SETTINGS
  return {
    uploadKbps: limitFrom(MIN_UPLOAD_KBPS, MAX_UPLOAD_KBPS, given['uploadKbps']),
    dailyMegabytes: limitFrom(1, MAX_DAILY_MEGABYTES, given['dailyMegabytes']),
    servesOnBattery: typeof servesOnBattery === 'boolean' ? servesOnBattery : defaults.servesOnBattery,
    keepsAwake: typeof keepsAwake === 'boolean' ? keepsAwake : defaults.keepsAwake,
  }
}

/** The caps that the settings mean. */
export function toServingCaps({ uploadKbps, dailyMegabytes, servesOnBattery }: ServingSettings): ServingCaps {
  return {
    uploadBytesPerSecond: uploadKbps === 0 ? Infinity : uploadKbps * BYTES_PER_KILOBIT,
    dailyBytes: dailyMegabytes === 0 ? Infinity : dailyMegabytes * BYTES_PER_MEGABYTE,
    servesOnBattery,
  }
}

/** The whole number from `least` to `most` that is nearest to `value`; 0, which is no limit, for 0, less, and no number. */
function limitFrom(least: number, most: number, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return 0
  return Math.min(most, Math.max(least, Math.round(value)))
}
