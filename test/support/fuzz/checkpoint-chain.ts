import type { Identity } from '../../../src/domain/identity/identity.ts'
import { sha256Digest } from '../../../src/domain/kernel/hashing.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../../src/domain/ledger/account-leaf.ts'
import { precommitDigest } from '../../../src/domain/ledger/checkpoint-certificate.ts'
import { createCheckpoint } from '../../../src/domain/ledger/checkpoint-codec.ts'
import { NO_CHECKPOINT, type SignedCheckpoint } from '../../../src/domain/ledger/checkpoint.ts'
import { digestToEntryHash } from '../../../src/domain/ledger/entry.ts'
import { factsDigest } from '../../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../../src/domain/ledger/fact.ts'
import { networkIdOf, type Genesis } from '../../../src/domain/ledger/genesis.ts'
import { createAccountsTree, type AccountsTree } from '../../../src/domain/ledger/merkle-sum-tree.ts'
import { changesIn } from '../../../src/domain/ledger/parameter-change.ts'
import { skipHeight } from '../../../src/domain/ledger/skip-links.ts'
import { START_MS } from '../ledger.ts'

/** Checkpoints of heights from 1 on, each following upon the one before. */
export interface CheckpointChain {
  readonly checkpoints: readonly SignedCheckpoint[]
  /** The accounts in the newest one. */
  readonly tree: AccountsTree
  readonly leaves: readonly AccountLeaf[]
  /** One of every kind: those of the newest checkpoint. */
  readonly facts: readonly Fact[]
}

const ROUND = 1

/** A chain of so many checkpoints that three of four authorities decided for. */
export function createCheckpointChain(
  { genesis, keys }: { readonly genesis: Genesis; readonly keys: readonly Identity[] },
  owners: readonly Identity[],
  count: number,
): CheckpointChain {
  const leaves = owners.map(leafOf)
  const tree = createAccountsTree(leaves)
  const { balance, credit, locked, stake } = tree.sums
  const minted = sumTokens([balance, credit, locked, stake])
  const facts = factsAbout(owners, genesis)
  const checkpoints: SignedCheckpoint[] = []
  for (let height = 1; height <= count; height++) {
    const hashAt = (at: number) => checkpoints[at - 1]?.hash ?? NO_CHECKPOINT
    const checkpoint = createCheckpoint({
      version: 1,
      network: networkIdOf(genesis),
      height,
      prev: hashAt(height - 1),
      skip: hashAt(skipHeight(height)),
      timeMs: START_MS + height * genesis.checkpointIntervalMs,
      accountsRoot: tree.root,
      accountCount: tree.count,
      ...tree.sums,
      pending: ZERO_TOKENS,
      drawn: ZERO_TOKENS,
      pool: ZERO_TOKENS,
      minted,
      burned: ZERO_TOKENS,
      entryCount: height,
      parameters: genesis,
      removals: [{ authority: 3, height: 1 }],
      factsDigest: factsDigest(facts),
    })
    const digest = precommitDigest(networkIdOf(genesis), height, ROUND, checkpoint.hash)
    const votes = keys.slice(0, 3).map((key, authority) => ({ authority, signature: key.sign(digest) }))
    checkpoints.push({ ...checkpoint, certificate: { height, round: ROUND, hash: checkpoint.hash, votes } })
  }
  return { checkpoints, tree, leaves, facts }
}

function leafOf({ account }: Identity, index: number): AccountLeaf {
  const amount = toMicroTokens(1_000_000 * (index + 1))
  const amounts = { balance: amount, credit: amount, locked: amount, stake: amount, earned7d: amount }
  return { account, head: headOf(index), seq: index, ...amounts, reputationMilli: 500 }
}

function headOf(number: number) {
  return digestToEntryHash(sha256Digest(Uint8Array.of(number)))
}

function factsAbout(owners: readonly Identity[], genesis: Genesis): readonly Fact[] {
  const aboutAccounts = owners.flatMap(({ account }, index): readonly Fact[] => [
    { type: 'grant', account, amount: toMicroTokens(1_000 + index), id: 'starter' },
    { type: 'lapse', payment: headOf(index) },
    { type: 'freeze', account, seq: index },
    { type: 'thaw', account },
    { type: 'void', account, seq: index },
    { type: 'slash', account, amount: toMicroTokens(5 + index) },
    { type: 'ban', account, untilMs: START_MS + index },
    { type: 'reputation', account, milli: index },
    { type: 'remove-authority', authority: index },
    { type: 'decay', account, amount: toMicroTokens(7 + index) },
  ])
  return [...aboutAccounts, ...changesIn(genesis).map((change): Fact => ({ type: 'parameter', change }))]
}
