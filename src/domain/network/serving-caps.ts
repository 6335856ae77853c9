import { MAX_CHUNK_BYTES } from '../content/chunk.ts'

/** What a device gives to serving others, at most. */
export interface ServingCaps {
  /** Bytes a second in the long run; infinite without a cap. */
  readonly uploadBytesPerSecond: number
  /** Bytes that are uploaded on one day, which begins at 00:00 UTC; infinite without a cap. */
  readonly dailyBytes: number
  readonly servesOnBattery: boolean
}

/** What the device runs on; `unknown` where it does not say. */
export type PowerSource = 'mains' | 'battery' | 'unknown'

/** Why a peer serves nobody at the moment. */
export type ServingPause = 'battery' | 'daily-volume'

/** How much was uploaded on a day; days are counted from 1970-01-01 UTC. */
export interface DailyUpload {
  readonly day: number
  readonly bytes: number
}

const DAY_MS = 86_400_000
/** What a line that was idle for a while may send at once, as time at its cap. */
const BURST_MS = 1_000
/** Buyers give a provider up that is silent for 1.5 s: none of them may wait longer for its next context. */
const LONGEST_WAIT_MS = 1_000

/** What was uploaded on the day of `nowMs`, with `bytes` more; another day's count is over. */
export function addUpload(upload: DailyUpload | undefined, bytes: number, nowMs: number): DailyUpload {
  const day = Math.floor(nowMs / DAY_MS)
  return { day, bytes: (upload?.day === day ? upload.bytes : 0) + bytes }
}

/** A count that was stored as JSON; undefined for anything else. */
export function parseDailyUpload(text: string): DailyUpload | undefined {
  try {
    const { day, bytes } = JSON.parse(text) as Record<string, unknown>
    return isCount(day) && isCount(bytes) ? { day, bytes } : undefined
  } catch {
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Why nothing may be served now, as the caps are; undefined when something may. */
export function servingPause(
  caps: ServingCaps,
  now: { readonly power: PowerSource; readonly uploadedBytes: number },
): ServingPause | undefined {
  if (now.power === 'battery' && !caps.servesOnBattery) return 'battery'
  return now.uploadedBytes >= caps.dailyBytes ? 'daily-volume' : undefined
}

/**
 * When `bytes` may be sent over a line that is taken until `freeAtMs`, and until when it is taken then: a token bucket of
 * one second, as the virtual scheduling of ITU-T I.371, annex A.
 */
export function planUpload(
  freeAtMs: number,
  bytes: number,
  { uploadBytesPerSecond }: Pick<ServingCaps, 'uploadBytesPerSecond'>,
  nowMs: number,
): { readonly waitMs: number; readonly freeAtMs: number } {
  const takesMs = (bytes / uploadBytesPerSecond) * 1_000
  return {
    waitMs: Math.max(0, freeAtMs - nowMs),
    freeAtMs: Math.max(freeAtMs, nowMs - BURST_MS) + takesMs,
  }
}

/** Deliveries that may share the line: with more of them a context would be waited for too long. At least one. */
export function deliveriesAtOnce({
  uploadBytesPerSecond,
}: Pick<ServingCaps, 'uploadBytesPerSecond'>): number {
  const contextMs = (MAX_CHUNK_BYTES / uploadBytesPerSecond) * 1_000
  return Math.max(1, Math.floor(LONGEST_WAIT_MS / contextMs))
}
