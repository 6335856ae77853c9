import { LoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable, type Writable } from '../domain/kernel/readable.ts'
import {
  addUpload,
  deliveriesAtOnce,
  planUpload,
  servingPause,
  type PowerSource,
  type ServingCaps,
  type ServingPause,
} from '../domain/network/serving-caps.ts'
import type { Clock } from '../ports/clock.ts'
import type { UploadLog } from '../ports/upload-log.ts'

/** How often the day and what was uploaded are looked at and noted. */
const REVIEW_MS = 5_000

/** Whether this peer serves others, and what that has taken. */
export interface ServingState {
  /** Why nobody is served at the moment; undefined while others are. */
  readonly pause: ServingPause | undefined
  readonly caps: ServingCaps
  readonly power: PowerSource
  /** Contexts and answers to searches that were sent since 00:00 UTC; a few seconds old. */
  readonly uploadedTodayBytes: number
}

/** What serving others may take of this device. */
export interface PeerServing {
  readonly state: Readable<ServingState>
  /** Changes the caps; deliveries that are under way go on. */
  setCaps(caps: ServingCaps): void
}

/** The same, with what only the peer itself calls. */
export interface OwnServing extends PeerServing {
  readonly state: Omit<Writable<ServingState>, 'set'>
  isPaused(): boolean
  /** Throws `not-serving` during a pause. */
  assertServing(): void
  /** Notes what is sent outside of deliveries: it takes part of the rate and of the volume. */
  count(bytes: number): void
  /** Resolves when the upload rate has room for so many bytes of a delivery, which it notes. */
  pace(bytes: number): Promise<void>
  /** Throws `not-serving`, and `rate-limited` while as many deliveries are under way as can share the upload rate. */
  assertRoom(): void
  /** Notes that a delivery begins; the returned function notes its end. */
  beginDelivery(): () => void
  /** Reads what was uploaded earlier today; to be called before anybody is served. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface ServingOptions {
  /** What serving may take; everything unless told. */
  readonly servingCaps?: ServingCaps
  /** What the device runs on; unknown unless told. */
  readonly power?: Readable<PowerSource>
  /** Where the day's upload is kept; it lasts as long as this peer unless told. */
  readonly uploadLog?: UploadLog
}

const NO_CAPS: ServingCaps = { uploadBytesPerSecond: Infinity, dailyBytes: Infinity, servesOnBattery: true }

/** Creates it. */
export function createServing(
  { clock }: { readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep' | 'every'> },
  { servingCaps = NO_CAPS, power, uploadLog }: ServingOptions,
): OwnServing {
  let caps = servingCaps
  let source: PowerSource = 'unknown'
  let upload = addUpload(undefined, 0, clock.nowMs())
  /** In monotonic ms. */
  let lineFreeAtMs = 0
  let deliveries = 0
  let savedBytes = 0
  const state = createWritable(describe())
  const stops: (() => void)[] = []

  function describe(): ServingState {
    const uploadedTodayBytes = addUpload(upload, 0, clock.nowMs()).bytes
    return {
      pause: servingPause(caps, { power: source, uploadedBytes: uploadedTodayBytes }),
      caps,
      power: source,
      uploadedTodayBytes,
    }
  }

  function refresh(): void {
    state.set(describe())
  }

  /** Whether somebody may be served this very moment; a change is told at once. */
  function isPaused(): boolean {
    const { pause } = describe()
    if (pause !== state.get().pause) refresh()
    return pause !== undefined
  }

  function assertServing(): void {
    if (!isPaused()) return
    const { pause } = state.get()
    throw new LoremeshError(
      'not-serving',
      pause === 'battery' ? 'This peer does not serve on battery' : 'This peer has served enough for today',
      'Ask another one',
    )
  }

  /** Takes the line for so many bytes; gives the time to wait before they are sent. */
  function take(bytes: number): number {
    const plan = planUpload(lineFreeAtMs, bytes, caps, clock.monotonicMs())
    lineFreeAtMs = plan.freeAtMs
    upload = addUpload(upload, bytes, clock.nowMs())
    return plan.waitMs
  }

  async function save(): Promise<void> {
    if (upload.bytes === savedBytes) return
    savedBytes = upload.bytes
    await uploadLog?.save(upload)
  }

  return {
    state,
    setCaps(wanted) {
      caps = wanted
      refresh()
    },
    isPaused,
    assertServing,
    count: (bytes) => void take(bytes),
    async pace(bytes) {
      const waitMs = take(bytes)
      if (waitMs > 0) await clock.sleep(waitMs)
    },
    assertRoom() {
      assertServing()
      if (deliveries < deliveriesAtOnce(caps)) return
      throw new LoremeshError('rate-limited', 'This peer uploads as much as it may', 'Try again in a moment')
    },
    beginDelivery() {
      deliveries += 1
      return () => (deliveries -= 1)
    },
    async start() {
      const kept = await uploadLog?.load()
      if (kept !== undefined) upload = addUpload(kept, upload.bytes, clock.nowMs())
      const stopWatching = power?.subscribe((now) => {
        source = now
        refresh()
      })
      if (stopWatching !== undefined) stops.push(stopWatching)
      stops.push(
        clock.every(REVIEW_MS, () => {
          refresh()
          void save()
        }),
      )
      refresh()
    },
    async stop() {
      for (const stop of stops) stop()
      await save()
    },
  }
}
