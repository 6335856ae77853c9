import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { AuthorityStore } from '../../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../../signaling/authority-store/open-authority-store.ts'
import { postgresMissing, startPostgres } from '../support/postgres.ts'
import { ann, ben, sampleEntry, sampleVote } from './sample-ledger.ts'

const VOTE_WRITER = fileURLToPath(new URL('../support/vote-writer.ts', import.meta.url))
const ROUNDS = 3
const REPORTS = 200

/** Has a process write from a seq on, and kills it once it has reported enough. Gives the seqs that it reported. */
async function writeUntilKilled(locations: readonly string[], firstSeq: number): Promise<number[]> {
  const writer = spawn(process.execPath, [VOTE_WRITER, `${firstSeq}`, ...locations], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const reported: number[] = []
  for await (const line of createInterface(writer.stdout)) {
    reported.push(Number(line))
    if (reported.length === REPORTS) writer.kill('SIGKILL')
  }
  return reported
}

/** The seqs from `firstSeq` on that have a vote, each checked to be the one that was written, with its payment. */
async function votedFrom(store: AuthorityStore, firstSeq: number): Promise<number[]> {
  const seqs: number[] = []
  for (let seq = firstSeq; seq < firstSeq + 100 * REPORTS; seq++) {
    const { hash } = sampleEntry(ann, seq)
    const vote = await store.shardOf(ann.account).transaction((tx) => tx.vote(ann.account, seq))
    if (vote === undefined) break
    expect(vote.hash).toBe(hash)
    for (const { account } of [ann, ben]) {
      expect(await store.shardOf(account).transaction((tx) => tx.payment(hash))).toBeDefined()
    }
    const other = sampleEntry(ann, seq, 1)
    const again = store.shardOf(ann.account).transaction((tx) => tx.addVote(other, sampleVote()))
    await expect(again).rejects.toMatchObject({ code: 'conflicting-entry' })
    seqs.push(seq)
  }
  return seqs
}

async function expectNothingLost(locations: readonly string[]): Promise<void> {
  let firstSeq = 1
  for (let round = 0; round < ROUNDS; round++) {
    const reported = await writeUntilKilled(locations, firstSeq)
    expect(reported.length).toBeGreaterThanOrEqual(REPORTS)
    const store = await openAuthorityStore(locations)
    const voted = await votedFrom(store, firstSeq)
    await store.close()
    expect(voted).toEqual(expect.arrayContaining(reported))
    firstSeq = Math.max(...voted) + 1
  }
}

describe(
  'a process that is killed while it writes votes loses none that it reported',
  { timeout: 60_000 },
  () => {
    for (const shards of [1, 2]) {
      it(`in SQLite, shards: ${shards}`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'loremesh-crash-'))
        await expectNothingLost(Array.from({ length: shards }, (_, index) => join(folder, `${index}.sqlite`)))
        rmSync(folder, { recursive: true })
      })

      it.skipIf(postgresMissing !== undefined)(
        `in PostgreSQL, shards: ${shards}${postgresMissing ? `: ${postgresMissing}` : ''}`,
        async () => {
          const server = await startPostgres()
          try {
            await expectNothingLost(
              await Promise.all(Array.from({ length: shards }, () => server.createLedgerUrl())),
            )
          } finally {
            await server.stop()
          }
        },
      )
    }
  },
)
