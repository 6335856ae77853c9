import type { Account } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { decodeCbor, encodeCbor } from '../../src/domain/kernel/cbor.ts'
import { ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import { encodeLeaf, readLeaf, type AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { readBlob, readInteger, readList, readTuple } from '../../src/domain/ledger/cbor-fields.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import { encodeFacts, parseFacts } from '../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../src/domain/ledger/fact.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import type {
  AuthorityShard,
  AuthorityStore,
  ShardTransaction,
  StoredCheckpoint,
} from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { factKey } from '../authority/checkpoint-view.ts'
import { dropExcused } from '../authority/fraud-records.ts'
import { noteDecided } from '../authority/holds.ts'
import { closeFork } from '../authority/open-forks.ts'
import { isAccountFact } from './fact-book.ts'
import { readPayees } from './lapses.ts'
import { readVoided, removeVoided, withPayments, type VoidedEntry } from './remove-voided.ts'

/** A final checkpoint as it is stored, and the leaves that it changes. */
export interface FinalCheckpoint {
  readonly stored: StoredCheckpoint
  readonly leaves: readonly AccountLeaf[]
}

/** Under `agreement`: a checkpoint that may be applied to some shards only. */
const UNFINISHED = recordKey(1)
const MAX_BYTES = Number.MAX_SAFE_INTEGER

/**
 * Stores a final checkpoint and does what its facts say. `saveMore` stores what else belongs to it, in the same transaction.
 * With one shard it is one transaction; with more the home shard comes last, because entries are judged by a checkpoint
 * from then on, and what a crash leaves undone in between `finishApplying` does. Throws what transactions
 * throw.
 */
export async function applyCheckpoint(
  store: AuthorityStore,
  genesis: Genesis,
  checkpoint: FinalCheckpoint,
  saveMore: (home: ShardTransaction) => Promise<void>,
): Promise<void> {
  const { height, facts } = checkpoint.stored
  const voids = parseFacts(facts).filter((fact) => fact.type === 'void')
  const voided = await readVoided(store, voids, height)
  if (store.shards.length > 1) {
    const bytes = encodeUnfinished({ checkpoint, voided })
    await store.home.transaction((home) => home.putRecord('agreement', UNFINISHED, bytes))
  }
  await applyWithout(store, genesis, { checkpoint, voided }, saveMore)
}

/** Goes on where a crash stopped `applyCheckpoint`. To be done before anything else reads the store. */
export async function finishApplying(store: AuthorityStore, genesis: Genesis): Promise<void> {
  const [bytes, newest] = await store.home.transaction(async (home) => [
    await home.record('agreement', UNFINISHED),
    await home.newestCheckpoint(),
  ])
  if (bytes === undefined) return
  const unfinished = readUnfinished(bytes)
  if (unfinished.checkpoint.stored.height <= (newest?.height ?? 0)) return
  await applyWithout(store, genesis, unfinished, () => Promise.resolve())
}

/** A checkpoint, and the entries of its void places that count here until it is applied. */
interface Unfinished {
  readonly checkpoint: FinalCheckpoint
  readonly voided: readonly SignedEntry[]
}

/** What facts say about accounts comes first in every shard: a payment lapses only after its claim is gone everywhere. */
async function applyWithout(
  store: AuthorityStore,
  genesis: Genesis,
  { checkpoint, voided }: Unfinished,
  saveMore: (home: ShardTransaction) => Promise<void>,
): Promise<void> {
  const changes = await readChanges(store, genesis, checkpoint, voided)
  const others = store.shards.filter((shard) => shard !== store.home)
  for (const shard of others.length > 0 ? store.shards : []) {
    await shard.transaction((transaction) => applyFacts(transaction, shard, changes))
  }
  for (const shard of others) {
    await shard.transaction((transaction) => applyToShard(transaction, shard, changes))
  }
  await store.home.transaction(async (home) => {
    await applyFacts(home, store.home, changes)
    await applyToShard(home, store.home, changes)
    await home.addCheckpoint(checkpoint.stored)
    await saveMore(home)
  })
}

/** Everything that a checkpoint changes in accounts and payments. */
interface Changes {
  readonly height: number
  readonly shardOf: AuthorityStore['shardOf']
  readonly leaves: readonly AccountLeaf[]
  readonly lapsed: readonly Payment[]
  readonly voided: readonly VoidedEntry[]
  readonly facts: readonly AboutAccount[]
}

/** Facts about an account, or about the authority that has this key. */
interface AboutAccount {
  readonly account: Account
  readonly facts: readonly Fact[]
}

async function readChanges(
  store: AuthorityStore,
  genesis: Genesis,
  { stored, leaves }: FinalCheckpoint,
  voided: readonly SignedEntry[],
): Promise<Changes> {
  const facts = parseFacts(stored.facts)
  const lapsing = facts.flatMap((fact) => (fact.type === 'lapse' ? [fact.payment] : []))
  const payments = await readPayees(store, lapsing)
  return {
    height: stored.height,
    shardOf: store.shardOf,
    leaves,
    lapsed: payments.map((payment) => ({ ...payment, claimed: ZERO_TOKENS, state: 'lapsed' })),
    voided: await Promise.all(voided.map((signed) => withPayments(store, signed))),
    facts: byAccount(facts, genesis),
  }
}

function byAccount(facts: readonly Fact[], genesis: Genesis): readonly AboutAccount[] {
  const grouped = new Map<string, { readonly account: Account; readonly facts: Fact[] }>()
  for (const fact of facts) {
    const account =
      fact.type === 'remove-authority'
        ? genesis.authorities[fact.authority]
        : isAccountFact(fact)
          ? fact.account
          : undefined
    if (account === undefined) continue
    const key = bytesToHexText(account)
    const group = grouped.get(key) ?? { account, facts: [] }
    group.facts.push(fact)
    grouped.set(key, group)
  }
  return [...grouped.values()]
}

async function applyFacts(
  transaction: ShardTransaction,
  shard: AuthorityShard,
  { height, shardOf, voided, facts }: Changes,
): Promise<void> {
  for (const entry of voided) await removeVoided(transaction, entry, { shard, shardOf })
  for (const about of facts) {
    if (shardOf(about.account) !== shard) continue
    await transaction.addRecord('fact', factKey(about.account, height), encodeFacts(about.facts))
    for (const fact of about.facts) await applyFact(transaction, fact)
  }
}

async function applyToShard(
  transaction: ShardTransaction,
  shard: AuthorityShard,
  { height, shardOf, leaves, lapsed }: Changes,
): Promise<void> {
  for (const leaf of leaves) {
    if (shardOf(leaf.account) === shard) await transaction.putLeaf(leaf)
  }
  for (const payment of lapsed) {
    if (shardOf(payment.payee) !== shard) continue
    await transaction.putPayment(payment)
    await releaseClaim(transaction, payment)
  }
  await noteDecided(transaction, height)
}

/** A claim that names a lapsed payment is never certified: its vote must not keep the others that it names from lapsing. */
async function releaseClaim(transaction: ShardTransaction, { hash, payee }: Payment): Promise<void> {
  const claim = await transaction.settlementVote(hash, payee)
  if (claim === undefined) return
  const state = await transaction.account(payee)
  const seq = state === undefined ? 0 : state.seq + 1
  const vote = await transaction.vote(payee, seq)
  if (vote?.hash === claim) await transaction.releaseVote(payee, seq)
}

async function applyFact(transaction: ShardTransaction, fact: Fact): Promise<void> {
  switch (fact.type) {
    case 'freeze': {
      const status = await transaction.status(fact.account)
      const frozenAtSeq = Math.min(fact.seq, status.frozenAtSeq ?? fact.seq)
      await transaction.putStatus(fact.account, { ...status, frozenAtSeq })
      return closeFork(transaction, fact.account)
    }
    case 'thaw':
      return transaction.putStatus(fact.account, { frozenAtSeq: null, bannedUntilMs: 0 })
    case 'ban': {
      const status = await transaction.status(fact.account)
      return transaction.putStatus(fact.account, { ...status, bannedUntilMs: fact.untilMs })
    }
    case 'void':
      await transaction.releaseVote(fact.account, fact.seq)
      // Who took an entry in this place may have voted for the next one.
      await transaction.releaseVote(fact.account, fact.seq + 1)
      return dropExcused(transaction, fact.account)
    // Seen in what accounts and payments hold, or read where it matters.
    case 'grant':
    case 'lapse':
    case 'slash':
    case 'reputation':
    case 'remove-authority':
    case 'decay':
    case 'parameter':
  }
}

function encodeUnfinished({ checkpoint: { stored, leaves }, voided }: Unfinished): Uint8Array {
  const { height, header, certificate, facts, cut } = stored
  const wires = voided.map(({ wire }) => wire)
  return encodeCbor([height, header, certificate, facts, cut, leaves.map(encodeLeaf), wires])
}

function readUnfinished(bytes: Uint8Array): Unfinished {
  const [height, header, certificate, facts, cut, leaves, voided] = readTuple(
    decodeCbor(bytes),
    7,
    'checkpoint',
  )
  const read = (field: typeof header): Uint8Array => readBlob(field, MAX_BYTES, 'part of a checkpoint')
  return {
    checkpoint: {
      stored: {
        height: readInteger(height, 'height'),
        header: read(header),
        certificate: read(certificate),
        facts: read(facts),
        cut: read(cut),
      },
      leaves: readList(leaves, MAX_BYTES, 'leaves').map(readLeaf),
    },
    voided: readList(voided, MAX_BYTES, 'voided entries').map((wire) => parseEntry(read(wire))),
  }
}
