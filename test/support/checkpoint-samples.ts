import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { parseTokens, sumTokens, toMicroTokens, ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import { precommitDigest } from '../../src/domain/ledger/checkpoint-certificate.ts'
import { createCheckpoint } from '../../src/domain/ledger/checkpoint-codec.ts'
import { NO_CHECKPOINT, type SignedCheckpoint } from '../../src/domain/ledger/checkpoint.ts'
import { digestToEntryHash } from '../../src/domain/ledger/entry.ts'
import { factsDigest } from '../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../src/domain/ledger/fact.ts'
import { networkIdOf } from '../../src/domain/ledger/genesis.ts'
import { createAccountsTree, type AccountsTree } from '../../src/domain/ledger/merkle-sum-tree.ts'
import { withChanges } from '../../src/domain/ledger/parameter-change.ts'
import { ann, authority, bob, cat, genesis, START_MS } from './ledger.ts'

/** The first checkpoint of a small ledger, with everything behind it; always the same bytes. */
export interface SampleCheckpoint {
  readonly leaves: readonly AccountLeaf[]
  readonly tree: AccountsTree
  readonly facts: readonly Fact[]
  readonly signed: SignedCheckpoint
}

/** A head that is nobody's entry, for a number. */
function headOf(number: number) {
  return digestToEntryHash(sha256Digest(Uint8Array.of(number)))
}

/** Builds the sample: three accounts, a fact of every kind, and the only authority's precommit in round 1. */
export function sampleCheckpoint(): SampleCheckpoint {
  const leaves = [ann, bob, cat].map(({ account }, index): AccountLeaf => {
    const amount = toMicroTokens(1_000_000 * (index + 1))
    const held = { balance: amount, credit: amount, locked: amount, stake: amount }
    return { account, head: headOf(index), seq: index, ...held, reputationMilli: 500, earned7d: amount }
  })
  const tree = createAccountsTree(leaves)
  const { balance, credit, locked, stake } = tree.sums
  const minted = sumTokens([balance, credit, locked, stake])
  const raised = { name: 'pricePerKb', value: parseTokens('3') } as const
  const facts: readonly Fact[] = [
    { type: 'grant', account: ann.account, amount: minted, id: 'starter' },
    { type: 'lapse', payment: headOf(9) },
    { type: 'freeze', account: cat.account, seq: 2 },
    { type: 'thaw', account: bob.account },
    { type: 'void', account: cat.account, seq: 3 },
    { type: 'slash', account: cat.account, amount: toMicroTokens(5) },
    { type: 'ban', account: cat.account, untilMs: START_MS },
    { type: 'reputation', account: cat.account, milli: 0 },
    { type: 'remove-authority', authority: 3 },
    { type: 'decay', account: bob.account, amount: toMicroTokens(7) },
    { type: 'parameter', change: raised },
  ]
  const checkpoint = createCheckpoint({
    version: 1,
    network: networkIdOf(genesis),
    height: 1,
    prev: NO_CHECKPOINT,
    skip: NO_CHECKPOINT,
    timeMs: START_MS,
    accountsRoot: tree.root,
    accountCount: tree.count,
    ...tree.sums,
    pending: ZERO_TOKENS,
    drawn: ZERO_TOKENS,
    pool: ZERO_TOKENS,
    minted,
    burned: ZERO_TOKENS,
    entryCount: 6,
    parameters: withChanges(genesis, [raised]),
    removals: [{ authority: 3, height: 1 }],
    factsDigest: factsDigest(facts),
  })
  const { network, height } = checkpoint.header
  const signature = authority.sign(precommitDigest(network, height, 1, checkpoint.hash))
  const certificate = { height, round: 1, hash: checkpoint.hash, votes: [{ authority: 0, signature }] }
  return { leaves, tree, facts, signed: { ...checkpoint, certificate } }
}
