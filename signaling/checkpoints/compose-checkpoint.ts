import type { Account } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import { createCheckpoint } from '../../src/domain/ledger/checkpoint-codec.ts'
import type { Checkpoint, CheckpointHash } from '../../src/domain/ledger/checkpoint.ts'
import { factsDigest, sortFacts } from '../../src/domain/ledger/fact-codec.ts'
import { changesAmong, type Fact } from '../../src/domain/ledger/fact.ts'
import { networkIdOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import type { CheckpointTerms } from '../../src/domain/ledger/network-parameters.ts'
import { withChanges } from '../../src/domain/ledger/parameter-change.ts'
import { endOf, type ChainPart } from './chain-part.ts'
import type { CutPlace } from './cut.ts'
import { utcDay } from './earnings.ts'
import { leafOf, type FinalLedger } from './final-ledger.ts'
import { flowOf } from './ledger-flow.ts'

/** A checkpoint with everything that follows from it once it is final. */
export interface ComposedCheckpoint {
  /** The final ledger upon which it follows. */
  readonly base: FinalLedger
  readonly checkpoint: Checkpoint
  /** All facts, in their order. */
  readonly facts: readonly Fact[]
  readonly cut: readonly CutPlace[]
  /** Leaves that are new or change. */
  readonly leaves: readonly AccountLeaf[]
  readonly after: FinalLedger
}

/** What a checkpoint is composed of. */
export interface Ingredients {
  readonly parts: readonly ChainPart[]
  /** Facts besides the grants, which follow from the parts. */
  readonly facts: readonly Fact[]
  readonly timeMs: number
}

/** What else it follows from, which is the same for everybody. */
export interface Circumstances {
  readonly genesis: Genesis
  /** The checkpoint to which the skip link leads. */
  readonly skip: CheckpointHash
  /** Of each checkpoint that the parts' entries name. */
  readonly termsOf: (height: number) => CheckpointTerms | undefined
}

/**
 * The checkpoint that follows upon `base` with certain entries and facts at a time. The same everywhere: it depends on
 * nothing else. Throws `bad-input` or `bad-encoding` for sums and facts that no checkpoint can hold.
 */
export function composeCheckpoint(
  base: FinalLedger,
  { parts, facts: stated, timeMs }: Ingredients,
  { genesis, skip, termsOf }: Circumstances,
): ComposedCheckpoint {
  const { slashed } = base.facts
  const flow = flowOf(parts, { genesis, slashed, checkpoint: termsOf })
  const facts = sortFacts([...flow.grants, ...stated])
  const height = base.height + 1
  const earnings = base.earnings.after(utcDay(timeMs), flow.earnings)
  const book = base.facts.with({ height, timeMs }, facts)
  const leaves = changedLeaves(base, { parts, facts }, (account) => ({
    reputationMilli: book.reputationOf(account),
    earned7d: earnings.of(account),
  }))
  const parameters = withChanges(base.parameters, changesAmong(facts))
  const tree = base.tree.withLeaves(leaves)
  const { pending, drawn, pool, minted, burned, entryCount } = base.totals
  const totals = {
    pending: toMicroTokens(pending + flow.pending),
    drawn: toMicroTokens(drawn + flow.drawn),
    pool: toMicroTokens(pool + flow.toPool),
    minted: toMicroTokens(minted + flow.minted),
    burned,
    entryCount: entryCount + flow.entryCount,
  }
  const checkpoint = createCheckpoint({
    version: 1,
    network: networkIdOf(genesis),
    height,
    prev: base.hash,
    skip,
    timeMs,
    accountsRoot: tree.root,
    accountCount: tree.count,
    ...tree.sums,
    ...totals,
    parameters,
    removals: book.removals(),
    factsDigest: factsDigest(facts),
  })
  const after = { height, hash: checkpoint.hash, timeMs, totals, parameters, tree, earnings, facts: book }
  return { base, checkpoint, facts, cut: parts.map(endOf), leaves, after }
}

/** What accounts have at stake in a checkpoint with these parts upon `base`. */
export function stakeAfter(
  base: FinalLedger,
  parts: readonly ChainPart[],
): (account: Account) => MicroTokens {
  const moved = new Map(
    parts.map(({ account, entries }) => [bytesToHexText(account), entries.at(-1)?.entry.stake]),
  )
  return (account) => moved.get(bytesToHexText(account)) ?? leafOf(base, account)?.stake ?? ZERO_TOKENS
}

type Reputation = Pick<AccountLeaf, 'reputationMilli' | 'earned7d'>

/** Leaves of accounts that moved, whose reputation a fact sets, or whose earnings of some day are too long ago now. */
function changedLeaves(
  base: FinalLedger,
  { parts, facts }: Pick<Ingredients, 'parts' | 'facts'>,
  reputationOf: (account: Account) => Reputation,
): readonly AccountLeaf[] {
  const leaves = new Map<string, AccountLeaf>()
  for (const { account, entries } of parts) {
    const last = entries.at(-1)
    if (last === undefined) continue
    const { seq, balance, credit, locked, stake } = last.entry
    const held = { account, head: last.hash, seq, balance, credit, locked, stake }
    leaves.set(bytesToHexText(account), { ...held, ...reputationOf(account) })
  }
  const judged = facts.flatMap((fact) => (fact.type === 'reputation' ? [fact.account] : []))
  for (const account of [...judged, ...base.earnings.accounts()]) {
    const key = bytesToHexText(account)
    if (leaves.has(key)) continue
    const leaf = leafOf(base, account)
    const reputation = reputationOf(account)
    if (leaf !== undefined && !isSame(leaf, reputation)) leaves.set(key, { ...leaf, ...reputation })
  }
  return [...leaves.values()]
}

function isSame(one: Reputation, other: Reputation): boolean {
  return one.reputationMilli === other.reputationMilli && one.earned7d === other.earned7d
}
