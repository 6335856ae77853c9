import { accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import { isLoremeshError, LoremeshError } from '../domain/kernel/errors.ts'
import type { CertifiedEntry } from '../domain/ledger/certificate.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import { certifiedSignatures } from '../domain/ledger/verify-entry.ts'
import type { Certifier, LogPart } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerArchive } from '../ports/ledger-archive.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { LedgerView } from './ledger-view.ts'

/** Entries verified at once: enough to keep the verifier busy, and few enough to leave room for other work between. */
const VERIFIED_AT_ONCE = 128
/** Peers that are asked while no authority answers. */
const MAX_PEERS_ASKED = 8
const RATE_LIMIT_WAIT_MS = 1_000
/** Times that a source may ask for patience before another one is asked. */
const MAX_WAITS = 60

/** Reads what an archive lacks out of the logs of others. */
export interface LogSync {
  /**
   * Adds everything that is new in the log of the first source that has one: an authority, else a peer that keeps the
   * ledger. Goes on where that log was left. `onProgress` learns how many entries were read so far. Throws what the last
   * source failed with, and `aborted`.
   */
  read(
    archive: LedgerArchive,
    options: {
      /** From when on entries are wanted of a log that is read for the first time, in milliseconds since 1970. */
      readonly sinceMs: number
      /** Most entries to read: no honest log of this time has more. */
      readonly maxEntries: number
      readonly onProgress: (entries: number) => void
      readonly signal?: AbortSignal
    },
  ): Promise<void>
}

/** Creates the reader. `neighbours` gives the peers that are connected, of which some may keep the ledger. */
export function createLogSync(components: {
  readonly certifier: Pick<Certifier, 'log'>
  readonly signatureVerifier: SignatureVerifier
  readonly genesis: Genesis
  readonly clock: Pick<Clock, 'sleep'>
  readonly neighbours: () => readonly PeerId[]
  readonly view: Pick<LedgerView, 'removals'>
}): LogSync {
  const { certifier, signatureVerifier, genesis, clock, neighbours, view } = components
  const authorities = genesis.authorities.map(accountToPeerId)

  async function verify(entries: readonly CertifiedEntry[]): Promise<void> {
    for (let start = 0; start < entries.length; start += VERIFIED_AT_ONCE) {
      const batch = entries.slice(start, start + VERIFIED_AT_ONCE)
      const signatures = batch.flatMap((certified) =>
        certifiedSignatures(certified, genesis, view.removals()),
      )
      if (await signatureVerifier.verify(signatures)) continue
      throw new LoremeshError('bad-certificate', 'Not every entry of the log is signed and certified')
    }
  }

  async function askPatiently(...[source, place, signal]: Parameters<Certifier['log']>): Promise<LogPart> {
    for (let waits = 0; ; waits++) {
      try {
        return await certifier.log(source, place, signal)
      } catch (error) {
        if (!isLoremeshError(error, 'rate-limited') || waits >= MAX_WAITS) throw error
        await clock.sleep(RATE_LIMIT_WAIT_MS, signal)
      }
    }
  }

  /** Reads everything that is new at a source. */
  async function readSource(
    source: PeerId,
    archive: LedgerArchive,
    { sinceMs, maxEntries, onProgress, signal }: Parameters<LogSync['read']>[1],
  ): Promise<void> {
    let read = 0

    /** Reads one log to its end; gives how many the source has. One part is stored while the next one is verified. */
    async function readLog(shard: number): Promise<number> {
      const name = `${source}/${shard}`
      const ask = (from: number | undefined): Promise<LogPart> =>
        awaited(askPatiently(source, { shard, position: from, sinceMs }, signal))

      async function store(entries: readonly CertifiedEntry[], nextPosition: number): Promise<void> {
        await archive.put(entries)
        await archive.putCursor(name, nextPosition)
        read += entries.length
        onProgress(read)
      }

      let position = await archive.cursor(name)
      let coming = ask(position)
      let storing = Promise.resolve()
      try {
        for (let asked = 0; ;) {
          const { entries, nextPosition, shards } = await coming
          signal?.throwIfAborted()
          if (entries.length === 0) return shards
          asked += entries.length
          if (nextPosition <= (position ?? 0) || asked > maxEntries) throw endless()
          position = nextPosition
          coming = ask(position)
          await verify(entries)
          await storing
          storing = awaited(store(entries, nextPosition))
        }
      } finally {
        await storing
      }
    }

    for (let shard = 0, shards = 1; shard < shards; shard++) shards = await readLog(shard)
  }

  return {
    async read(archive, options) {
      const peers = neighbours().filter((peerId) => !authorities.includes(peerId))
      let failure = new LoremeshError('authority-unreachable', 'Nobody can be asked for the ledger')
      for (const source of [...authorities, ...peers.slice(0, MAX_PEERS_ASKED)]) {
        try {
          await readSource(source, archive, options)
          return
        } catch (error) {
          options.signal?.throwIfAborted()
          // A full or broken storage is no fault of the source.
          if (!isLoremeshError(error) || isLoremeshError(error, 'storage-full')) throw error
          failure = error
        }
      }
      throw failure
    },
  }
}

/** A promise that is awaited later, or never when something else fails before. */
function awaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

function endless(): LoremeshError {
  return new LoremeshError('bad-encoding', 'The log does not come to its end')
}
