import { decodeCbor, encodeCbor } from '../../src/domain/kernel/cbor.ts'
import {
  isLoremeshError,
  LoremeshError,
  toLoremeshError,
  type ErrorCode,
} from '../../src/domain/kernel/errors.ts'
import { createRateLimiter, type RateLimit } from '../../src/domain/kernel/token-bucket.ts'
import { readInteger } from '../../src/domain/ledger/cbor-fields.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import {
  encodeAuthorityRequest,
  parseHashesReply,
  parseLogReply,
  type CertifiedWires,
} from '../../src/protocols/authority.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import type { Authority } from './authority.ts'

/** Sends a request's body over /loremesh/authority/1.0.0 to the authority with this index, and gives the answer's. */
export type AskOther = (authority: number, body: Uint8Array) => Promise<Uint8Array>

/** Takes over what other authorities have certified entries of. */
export interface Replication {
  /** Reads what is new in the logs of all others. What fails is reported, and tried again the next time. */
  catchUp(): Promise<void>
  /**
   * The task's result. While it fails because an entry, a source or a checkpoint is missing, it is tried again after each
   * other log that could be read.
   */
  whenCaughtUp<T>(task: () => Promise<T>): Promise<T>
  /** Catches up now and every few seconds until the function that it gives is called. */
  start(): () => void
}

/** How far the reading of a log has come. */
interface Progress {
  /** Whether anything in it was new. */
  readonly hasAdvanced: boolean
  /** Why it ends before its end. */
  readonly missing: LoremeshError | undefined
}

/** What a look at a log shows. */
interface Listing {
  /** How many shards the other authority's database has. */
  readonly shards: number
  readonly hasNews: boolean
}

const INTERVAL_MS = 3_000
/** Tasks that may cause the logs to be read: who names unknown entries on purpose makes work. */
const CATCH_UP_RATE: RateLimit = { burst: 32, perSecond: 8 }
/** The first position of a log. */
const BEGINNING = 1

/** Follows the logs of the other authorities; `onFailure` learns why one could not be read. */
export function createReplication(
  components: {
    readonly authority: Pick<Authority, 'index' | 'certify' | 'knows'>
    readonly store: AuthorityStore
    readonly genesis: Genesis
    readonly ask: AskOther
    readonly clock: { nowMs(): number; every(ms: number, run: () => void): () => void }
  },
  options: { readonly onFailure?: (authority: number, error: LoremeshError) => void } = {},
): Replication {
  const { authority, store, genesis, ask, clock } = components
  const limiter = createRateLimiter(CATCH_UP_RATE, () => clock.nowMs())
  const cursors = createCursors(store)
  const pulls = genesis.authorities.flatMap((_, other) =>
    other === authority.index ? [] : [inSingleFlight(() => pull(other))],
  )

  async function pull(other: number): Promise<void> {
    try {
      await readLogs(other)
    } catch (error) {
      options.onFailure?.(other, toLoremeshError(error))
    }
  }

  /** An entry of one shard may rest on one of another shard, so a log that is stuck goes on when others got further. */
  async function readLogs(other: number): Promise<void> {
    let missing: LoremeshError | undefined
    let hasAdvanced: boolean
    do {
      missing = undefined
      hasAdvanced = false
      for (let shard = 0, shards = 1; shard < shards; shard++) {
        const log = await readLog(other, shard)
        shards = log.shards
        missing ??= log.missing
        hasAdvanced ||= log.hasAdvanced
      }
    } while (missing !== undefined && hasAdvanced)
    if (missing !== undefined) throw missing
  }

  /** Reads a log to its end, or to the part with an entry that something is missing of. */
  async function readLog(other: number, shard: number): Promise<Progress & { readonly shards: number }> {
    for (let hasAdvanced = false; ;) {
      const { shards, hasNews } = await passKnown(other, shard)
      if (!hasNews) return { shards, hasAdvanced, missing: undefined }
      const fromPosition = await cursors.get(other, shard)
      const page = parseLogReply(
        await ask(other, encodeAuthorityRequest({ type: 'log', shard, fromPosition })),
      )
      if (page.nextPosition <= fromPosition) throw doesNotGoOn(other)
      const part = await takeAll(page.entries)
      hasAdvanced ||= part.hasAdvanced
      if (part.missing !== undefined) return { shards, hasAdvanced, missing: part.missing }
      await cursors.set(other, shard, page.nextPosition)
    }
  }

  /** Moves on in a log to its first entry that is not known: whoever has one certified tells all authorities. */
  async function passKnown(other: number, shard: number): Promise<Listing> {
    for (;;) {
      const fromPosition = await cursors.get(other, shard)
      const { shards, entries } = parseHashesReply(
        await ask(other, encodeAuthorityRequest({ type: 'hashes', shard, fromPosition })),
      )
      const known = await Promise.all(entries.map(({ hash }) => authority.knows(hash)))
      const hasNews = known.includes(false)
      const last = entries[(hasNews ? known.indexOf(false) : known.length) - 1]
      if (last === undefined) return { shards, hasNews }
      if (last.position < fromPosition) throw doesNotGoOn(other)
      await cursors.set(other, shard, last.position + 1)
      if (hasNews) return { shards, hasNews }
    }
  }

  /** Takes entries side by side, then those again that rest on others among them. */
  async function takeAll(entries: readonly CertifiedWires[]): Promise<Progress> {
    let hasAdvanced = false
    for (let left = entries; left.length > 0;) {
      const results = await Promise.all(left.map(take))
      hasAdvanced ||= results.includes(true)
      const [missing] = results.filter((result) => isMissing(result))
      const stuck = left.filter((_, at) => isMissing(results[at]))
      if (stuck.length === left.length) return { hasAdvanced, missing }
      left = stuck
    }
    return { hasAdvanced, missing: undefined }
  }

  /** Whether an entry was new, or what is missing of it. */
  async function take({ entryWire, certificateWire }: CertifiedWires): Promise<boolean | LoremeshError> {
    try {
      return await authority.certify(entryWire, certificateWire)
    } catch (error) {
      if (isMissing(error)) return error
      throw error
    }
  }

  async function catchUp(): Promise<void> {
    await Promise.all(pulls.map((pullOne) => pullOne()))
  }

  /** What the task does after one of the pulls; the error of the last try when it lacks something still. */
  async function afterAnyOf<T>(
    pulling: ReadonlyMap<number, Promise<number>>,
    task: () => Promise<T>,
    failure: LoremeshError,
  ): Promise<T> {
    if (pulling.size === 0) throw failure
    const done = await Promise.race(pulling.values())
    try {
      return await task()
    } catch (error) {
      if (!isMissing(error)) throw error
      const rest = new Map([...pulling].filter(([which]) => which !== done))
      return afterAnyOf(rest, task, error)
    }
  }

  return {
    catchUp,
    async whenCaughtUp(task) {
      try {
        return await task()
      } catch (error) {
        if (!isMissing(error) || pulls.length === 0 || !limiter.take('all')) throw error
        const pulling = pulls.map((pullOne, which) => [which, pullOne().then(() => which)] as const)
        return afterAnyOf(new Map(pulling), task, error)
      }
    },
    start() {
      void catchUp()
      return clock.every(INTERVAL_MS, () => void catchUp())
    },
  }
}

function doesNotGoOn(authority: number): LoremeshError {
  return new LoremeshError('bad-encoding', `The log of authority ${authority} does not go on`)
}

/**
 * Codes that say that an entry comes before what it rests on: one of its own chain, a payment or a checkpoint, or the
 * claim or the lapse after which a payer may take something back.
 */
const early: ReadonlySet<ErrorCode> = new Set(['unknown-parent', 'not-found', 'not-ready'] as const)

/** Whether somebody else may know what this authority lacks. */
function isMissing(error: unknown): error is LoremeshError {
  return isLoremeshError(error) && early.has(error.code)
}

/** Runs a task once at a time. Whoever asks during a run waits for one that begins after it. */
function inSingleFlight(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  function run(): Promise<void> {
    next = undefined
    running = task().finally(() => (running = undefined))
    return running
  }

  return () => {
    if (next !== undefined) return next
    if (running === undefined) return run()
    next = running.then(run)
    return next
  }
}

/** How far each shard of each log is read; remembered so that a restart does not begin anew. */
function createCursors(store: AuthorityStore) {
  const known = new Map<string, number>()

  return {
    async get(authority: number, shard: number): Promise<number> {
      const inMemory = known.get(`${authority}/${shard}`)
      if (inMemory !== undefined) return inMemory
      const stored = await store.home.transaction((home) =>
        home.record('log-cursor', recordKey(authority, shard)),
      )
      return stored === undefined ? BEGINNING : readInteger(decodeCbor(stored), 'position in a log')
    },
    async set(authority: number, shard: number, position: number): Promise<void> {
      await store.home.transaction((home) =>
        home.putRecord('log-cursor', recordKey(authority, shard), encodeCbor(position)),
      )
      known.set(`${authority}/${shard}`, position)
    },
  }
}
