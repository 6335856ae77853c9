import { describe, expect, it } from 'vitest'
import { createMemoryLedgerArchive } from '../../../src/adapters/storage-memory/memory-ledger-archive.ts'
import { createWebCryptoSignatureVerifier } from '../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import type { CertifiedEntry } from '../../../src/domain/ledger/certificate.ts'
import { createLogSync, type LogSync } from '../../../src/peer/sync-log.ts'
import type { Certifier, LogPart } from '../../../src/ports/certifier.ts'
import type { LedgerArchive } from '../../../src/ports/ledger-archive.ts'
import { makeCertifiedLog } from '../../support/certified-log.ts'
import { ann, bob, expectRejection } from '../../support/ledger.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const PART = 16
const log = await makeCertifiedLog({ count: 100, accounts: 7 })
const [first, second] = log.authorities.map(({ peerId }) => peerId)
if (first === undefined || second === undefined) throw new RangeError('There are four authorities')

type Ask = Certifier['log']

/** Answers as an honest authority does that has a single log of these entries, whose positions begin with 1. */
function honest(entries: readonly CertifiedEntry[] = log.entries): Ask {
  return (_source, { position, sinceMs }) => {
    const since = entries.findIndex(({ signed }) => signed.entry.timestampMs >= sinceMs)
    const from = position ?? (since === -1 ? entries.length : since) + 1
    const part = entries.slice(from - 1, from - 1 + PART)
    return Promise.resolve({ shards: 1, nextPosition: from + part.length, entries: part })
  }
}

/** A reader whose questions are answered by `ask`, with an archive in memory. */
function openSync(ask: Ask, neighbours: readonly PeerId[] = []) {
  const clock = createManualClock()
  const archive = createMemoryLedgerArchive()
  const asked: { readonly source: PeerId; readonly position: number | undefined }[] = []
  const sync = createLogSync({
    certifier: {
      log(source, place, signal) {
        asked.push({ source, position: place.position })
        return ask(source, place, signal)
      },
    },
    signatureVerifier: createWebCryptoSignatureVerifier(),
    genesis: log.genesis,
    clock,
    neighbours: () => neighbours,
    view: { removals: () => [] },
  })
  return { clock, archive, asked, sync }
}

function read(
  { sync, archive }: { readonly sync: LogSync; readonly archive: LedgerArchive },
  options: Partial<Parameters<LogSync['read']>[1]> = {},
): Promise<void> {
  return sync.read(archive, { sinceMs: 0, maxEntries: 1_000, onProgress: () => undefined, ...options })
}

function refusing(...refused: readonly PeerId[]): Ask {
  return (source, place, signal) =>
    refused.includes(source)
      ? Promise.reject(new LoremeshError('not-connected', 'It is gone'))
      : honest()(source, place, signal)
}

describe('reading the log', () => {
  it('adds everything that an authority has, and tells how far it is', async () => {
    const opened = openSync(honest())
    const progress: number[] = []
    await read(opened, { onProgress: (entries) => progress.push(entries) })
    expect(await opened.archive.count()).toBe(100)
    expect(progress).toEqual([16, 32, 48, 64, 80, 96, 100])
    expect(new Set(opened.asked.map(({ source }) => source))).toEqual(new Set([first]))
  })

  it('begins with the window, and goes on where it ended the last time', async () => {
    const known = log.entries.slice(0, 60)
    const grown: CertifiedEntry[] = [...known]
    const opened = openSync(honest(grown))
    const sinceMs = known[50]?.signed.entry.timestampMs ?? 0
    await read(opened, { sinceMs })
    expect(await opened.archive.count()).toBe(10)
    grown.push(...log.entries.slice(60))
    opened.asked.length = 0
    await read(opened, { sinceMs })
    expect(await opened.archive.count()).toBe(50)
    expect(opened.asked[0]?.position).toBe(61)
  })

  it('asks for the next part before it has verified one', async () => {
    const opened = openSync(honest())
    const putWhenAsked: number[] = []
    const archive: LedgerArchive = {
      ...opened.archive,
      put(batch) {
        putWhenAsked.push(opened.asked.length)
        return opened.archive.put(batch)
      },
    }
    await read({ ...opened, archive })
    expect(putWhenAsked).toEqual([2, 3, 4, 5, 6, 7, 8])
  })

  it('reads every log of a source with several', async () => {
    const halves = [log.entries.slice(0, 50), log.entries.slice(50)]
    const opened = openSync(async (source, place, signal) => {
      const part = await honest(halves[place.shard] ?? [])(source, place, signal)
      return { ...part, shards: 2 }
    })
    await read(opened)
    expect(await opened.archive.count()).toBe(100)
  })

  it('waits when it is asked to', async () => {
    let asked = 0
    const opened = openSync((source, place, signal) =>
      ++asked === 1
        ? Promise.reject(new LoremeshError('rate-limited', 'Wait a moment'))
        : honest()(source, place, signal),
    )
    const done = read(opened)
    await opened.clock.advance(1_000)
    await done
    expect(await opened.archive.count()).toBe(100)
  })

  it('asks the next authority when one does not answer, then peers that keep the ledger', async () => {
    const everyone = log.authorities.map(({ peerId }) => peerId)
    const opened = openSync(refusing(first, second))
    await read(opened)
    expect(await opened.archive.count()).toBe(100)
    const alone = openSync(refusing(...everyone, ann.peerId), [ann.peerId, ...everyone, bob.peerId])
    await read(alone)
    expect(await alone.archive.count()).toBe(100)
    expect(alone.asked.map(({ source }) => source).slice(0, 6)).toEqual([...everyone, ann.peerId, bob.peerId])
    await expectRejection(() => read(openSync(refusing(...everyone))), 'not-connected')
  })

  it('takes nothing that is forged, and asks somebody else', async () => {
    const [entry, other] = log.entries
    if (entry === undefined || other === undefined) throw new RangeError('The log is empty')
    const [vote] = entry.certificate.votes
    if (vote === undefined) throw new RangeError('Nobody voted')
    const forged: readonly CertifiedEntry[] = [
      { signed: { ...entry.signed, signature: other.signed.signature }, certificate: entry.certificate },
      { signed: entry.signed, certificate: other.certificate },
      { signed: entry.signed, certificate: { ...entry.certificate, votes: [vote] } },
      { signed: entry.signed, certificate: { ...entry.certificate, votes: [vote, vote, vote] } },
    ]
    for (const wrong of forged) {
      const entries = [...log.entries.slice(0, 5), wrong]
      const opened = openSync((source, place, signal) =>
        honest(source === first ? entries : log.entries)(source, place, signal),
      )
      await read(opened)
      expect(await opened.archive.count()).toBe(100)
      expect(await opened.archive.cursor(`${first}/0`)).toBeUndefined()
    }
  })

  it('leaves a log that does not go on, or never ends', async () => {
    const endless = (part: LogPart): Ask => {
      let position = 0
      return () => Promise.resolve({ ...part, nextPosition: part.nextPosition + position++ })
    }
    const standing: Ask = () =>
      Promise.resolve({ shards: 1, nextPosition: 7, entries: log.entries.slice(0, 1) })
    const growing = endless({ shards: 1, nextPosition: 2, entries: log.entries.slice(0, 16) })
    for (const ask of [standing, growing]) {
      const opened = openSync(ask)
      await expectRejection(() => read(opened, { maxEntries: 100 }), 'bad-encoding')
      expect(opened.asked.length).toBeLessThan(40)
    }
  })

  it('ends when it is told to, and when nothing can be stored', async () => {
    const opened = openSync(honest())
    const stop = opened.clock.abortable()
    await expect(read(opened, { signal: stop.signal, onProgress: stop.abort })).rejects.toThrow()
    expect(await opened.archive.count()).toBeLessThanOrEqual(2 * PART)
    const full: LedgerArchive = {
      ...opened.archive,
      put: () => Promise.reject(new LoremeshError('storage-full', 'There is no room')),
    }
    opened.asked.length = 0
    await expectRejection(() => read({ ...opened, archive: full }), 'storage-full')
    expect(opened.asked.length).toBeLessThan(4)
  })
})
