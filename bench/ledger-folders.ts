import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Identity } from '../src/domain/identity/identity.ts'
import { isLoremeshError } from '../src/domain/kernel/errors.ts'
import { ZERO_TOKENS } from '../src/domain/kernel/micro-tokens.ts'
import { encodeCheckpointCertificate, precommitDigest } from '../src/domain/ledger/checkpoint-certificate.ts'
import { createCheckpoint, parseHeader } from '../src/domain/ledger/checkpoint-codec.ts'
import type { Checkpoint, CheckpointHash } from '../src/domain/ledger/checkpoint.ts'
import { NO_CHECKPOINT } from '../src/domain/ledger/checkpoint.ts'
import { encodeFacts, factsDigest } from '../src/domain/ledger/fact-codec.ts'
import { genesisToJson } from '../src/domain/ledger/genesis-json.ts'
import { networkIdOf, quorumOf } from '../src/domain/ledger/genesis.ts'
import { skipHeight } from '../src/domain/ledger/skip-links.ts'
import type { AuthorityStore, StoredCheckpoint } from '../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../signaling/authority-store/open-authority-store.ts'
import { encodeCut } from '../signaling/checkpoints/cut.ts'
import { readGenesis } from '../signaling/genesis-file.ts'
import { openServerIdentity } from '../signaling/key-file.ts'
import { ledgerLocations } from '../signaling/ledger-place.ts'
import { withNativeSigning } from '../signaling/native-signatures.ts'
import type { CertifiedLog } from '../test/support/certified-log.ts'

const WRITTEN_AT_ONCE = 1_000
/** How often, and how many times, a store is tried that another process has open. */
const TRY_AGAIN_MS = 500
const MAX_TRIES = 60
/** Time between two prefilled checkpoints: so short that none is later than now. */
const CHECKPOINT_STEP_MS = 1

/** Fills the data folder of a server with the network of a log, and all of the log. */
export async function prefillLog(dataDir: string, { genesis, entries }: CertifiedLog): Promise<void> {
  writeFileSync(join(dataDir, 'genesis.json'), JSON.stringify(genesisToJson(genesis)))
  await withStore(dataDir, async (store) => {
    await store.bindNetwork(networkIdOf(genesis))
    for (let start = 0; start < entries.length; start += WRITTEN_AT_ONCE) {
      await store.home.transaction(async (transaction) => {
        for (const entry of entries.slice(start, start + WRITTEN_AT_ONCE)) {
          await transaction.addEntry(entry, { minted: ZERO_TOKENS, toPool: ZERO_TOKENS })
        }
      })
    }
  })
}

/**
 * Adds so many checkpoints, in which nothing happens, to the stores of a stopped server and of the authorities beside it.
 * False, and nothing changes, when they don't all have the same newest one. Gives the height of the last.
 */
export async function prefillCheckpoints(dataDir: string, count: number): Promise<number | undefined> {
  const genesis = readGenesis(join(dataDir, 'genesis.json'))
  const folders = genesis.authorities.map((_, index) =>
    index === 0 ? dataDir : join(dataDir, `authority-${index}`),
  )
  const newest = await Promise.all(folders.map((folder) => withStore(folder, readNewest)))
  const [first] = newest
  if (first === undefined || newest.some((other) => other?.height !== first.height)) return undefined
  const signers = folders
    .slice(0, quorumOf(genesis))
    .map((folder) => withNativeSigning(openServerIdentity(folder)))
  const checkpoints = continueChain(await withStore(dataDir, readHeaders), count, signers)
  for (const folder of folders) {
    await withStore(folder, async (store) => {
      for (let start = 0; start < checkpoints.length; start += WRITTEN_AT_ONCE) {
        await store.home.transaction(async (transaction) => {
          for (const checkpoint of checkpoints.slice(start, start + WRITTEN_AT_ONCE)) {
            await transaction.addCheckpoint(checkpoint)
          }
        })
      }
    })
  }
  return first.height + count
}

/** The checkpoints that follow upon a chain. */
function continueChain(
  chain: readonly Checkpoint[],
  count: number,
  signers: readonly Pick<Identity, 'sign'>[],
): StoredCheckpoint[] {
  const hashes: CheckpointHash[] = [NO_CHECKPOINT, ...chain.map(({ hash }) => hash)]
  const [facts, cut] = [encodeFacts([]), encodeCut([])]
  const added: StoredCheckpoint[] = []
  let header = chain.at(-1)?.header
  while (header !== undefined && added.length < count) {
    const height = header.height + 1
    const next = createCheckpoint({
      ...header,
      height,
      prev: hashes[height - 1] ?? NO_CHECKPOINT,
      skip: hashes[skipHeight(height)] ?? NO_CHECKPOINT,
      timeMs: header.timeMs + CHECKPOINT_STEP_MS,
      factsDigest: factsDigest([]),
    })
    header = next.header
    hashes.push(next.hash)
    const digest = precommitDigest(header.network, height, 0, next.hash)
    const votes = signers.map((signer, authority) => ({ authority, signature: signer.sign(digest) }))
    const certificate = encodeCheckpointCertificate({ height, round: 0, hash: next.hash, votes })
    added.push({ height, header: next.bytes, certificate, facts, cut })
  }
  return added
}

function readNewest({ home }: AuthorityStore): Promise<StoredCheckpoint | undefined> {
  return home.transaction((transaction) => transaction.newestCheckpoint())
}

/** Every checkpoint of a store, from height 1 on. */
function readHeaders({ home }: AuthorityStore): Promise<readonly Checkpoint[]> {
  return home.transaction(async (transaction) => {
    const headers: Checkpoint[] = []
    for (let height = 1; ; height++) {
      const stored = await transaction.checkpoint(height)
      if (stored === undefined) return headers
      headers.push(parseHeader(stored.header))
    }
  })
}

async function withStore<T>(dataDir: string, task: (store: AuthorityStore) => Promise<T>): Promise<T> {
  const store = await openWhenFree(ledgerLocations({ dataDir, shards: 1, databaseUrl: undefined }))
  try {
    return await task(store)
  } finally {
    await store.close()
  }
}

/** Opens a store whose process may not have ended yet. */
async function openWhenFree(locations: readonly string[]): Promise<AuthorityStore> {
  for (let tries = 0; ; tries++) {
    try {
      return await openAuthorityStore(locations)
    } catch (error) {
      if (!isLoremeshError(error, 'already-running') || tries >= MAX_TRIES) throw error
      await pause(TRY_AGAIN_MS)
    }
  }
}
