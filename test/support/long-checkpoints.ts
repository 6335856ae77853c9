import type { CheckpointArchive } from '../../signaling/ledger-service.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import { encodeAccountProof } from '../../src/domain/ledger/account-proof.ts'
import {
  encodeCheckpointCertificate,
  precommitDigest,
} from '../../src/domain/ledger/checkpoint-certificate.ts'
import { createCheckpoint } from '../../src/domain/ledger/checkpoint-codec.ts'
import { NO_CHECKPOINT, type SignedCheckpoint } from '../../src/domain/ledger/checkpoint.ts'
import { factsDigest } from '../../src/domain/ledger/fact-codec.ts'
import { networkIdOf, quorumOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import { createAccountsTree } from '../../src/domain/ledger/merkle-sum-tree.ts'
import { headersBetween, skipHeight } from '../../src/domain/ledger/skip-links.ts'

/** A long row of checkpoints, linked as they should be. */
export interface LongCheckpoints {
  /** With its certificate. */
  at(height: number): SignedCheckpoint
  /** What every authority answers about them. */
  readonly archive: CheckpointArchive
}

/** Makes so many checkpoints, one each interval, all of the same accounts. */
export function makeLongCheckpoints(
  { genesis, authorities }: { readonly genesis: Genesis; readonly authorities: readonly Identity[] },
  { count, leaves }: { readonly count: number; readonly leaves: readonly AccountLeaf[] },
): LongCheckpoints {
  const tree = createAccountsTree(leaves)
  const network = networkIdOf(genesis)
  const { balance, credit, locked, stake } = tree.sums
  const sums = { ...tree.sums, accountsRoot: tree.root, accountCount: tree.count }
  const nothing = { pending: ZERO_TOKENS, drawn: ZERO_TOKENS, pool: ZERO_TOKENS, burned: ZERO_TOKENS }
  const facts = factsDigest([])
  const made = [{ hash: NO_CHECKPOINT, timeMs: genesis.createdAtMs }]
  const checkpoints = Array.from({ length: count }, (_, index) => {
    const height = index + 1
    const checkpoint = createCheckpoint({
      version: 1,
      network,
      height,
      prev: made[index]?.hash ?? NO_CHECKPOINT,
      skip: made[skipHeight(height)]?.hash ?? NO_CHECKPOINT,
      timeMs: genesis.createdAtMs + height * genesis.checkpointIntervalMs,
      ...sums,
      ...nothing,
      minted: (balance + credit + locked + stake) as typeof balance,
      entryCount: 10 * height,
      parameters: genesis,
      removals: [],
      factsDigest: facts,
    })
    made.push({ hash: checkpoint.hash, timeMs: checkpoint.header.timeMs })
    return checkpoint
  })

  function at(height: number): SignedCheckpoint {
    const checkpoint = checkpoints[height - 1]
    if (checkpoint === undefined) throw new RangeError(`There is no checkpoint ${height}`)
    const { hash } = checkpoint
    const digest = precommitDigest(network, height, 0, hash)
    const votes = authorities
      .slice(0, quorumOf(genesis))
      .map((identity, authority) => ({ authority, signature: identity.sign(digest) }))
    return { ...checkpoint, certificate: { height, round: 0, hash, votes } }
  }

  const newest = at(count)
  const wires = { header: newest.bytes, certificate: encodeCheckpointCertificate(newest.certificate) }
  return {
    at,
    archive: {
      newest(fromHeight) {
        const older = fromHeight === undefined ? [] : headersBetween(fromHeight, count).slice(1)
        const olderHeaders = older.flatMap((height) => checkpoints[height - 1]?.bytes ?? [])
        return Promise.resolve({ ...wires, olderHeaders })
      },
      standing(account) {
        const proof = tree.proofOf(account)
        return Promise.resolve(proof && { ...wires, proof: encodeAccountProof(proof) })
      },
      facts: () => Promise.resolve(undefined),
    },
  }
}
