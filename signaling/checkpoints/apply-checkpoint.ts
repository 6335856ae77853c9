import type { Account } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { decodeCbor, encodeCbor } from '../../src/domain/kernel/cbor.ts'
import { toMicroTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { encodeLeaf, readLeaf, type AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { readBlob, readInteger, readList, readTuple } from '../../src/domain/ledger/cbor-fields.ts'
import type { Entry, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { encodeFacts, parseFacts } from '../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../src/domain/ledger/fact.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { stateAfter } from '../../src/domain/ledger/state-after.ts'
import type {
  AuthorityShard,
  AuthorityStore,
  ShardTransaction,
  StoredCheckpoint,
} from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { factKey } from '../authority/checkpoint-view.ts'
import type { CutPlace } from './cut.ts'
import { isAccountFact } from './fact-book.ts'
import { readPayees } from './lapses.ts'

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
  const changes = await readChanges(store, genesis, checkpoint)
  const others = store.shards.filter((shard) => shard !== store.home)
  if (others.length > 0) {
    const bytes = encodeUnfinished(checkpoint)
    await store.home.transaction((home) => home.putRecord('agreement', UNFINISHED, bytes))
  }
  for (const shard of others) {
    await shard.transaction((transaction) => applyToShard(transaction, shard, changes))
  }
  await store.home.transaction(async (home) => {
    await applyToShard(home, store.home, changes)
    await home.addCheckpoint(checkpoint.stored)
    await saveMore(home)
  })
}

/** Goes on where a crash stopped `applyCheckpoint`. To be done before anything else reads the store. */
export async function finishApplying(store: AuthorityStore, genesis: Genesis): Promise<void> {
  const [bytes, newest] = await store.home.transaction(async (home) => [
    await home.record('agreement', UNFINISHED),
    await home.newestCheckpoint(),
  ])
  if (bytes === undefined) return
  const checkpoint = readUnfinished(bytes)
  if (checkpoint.stored.height <= (newest?.height ?? 0)) return
  await applyCheckpoint(store, genesis, checkpoint, () => Promise.resolve())
}

/** Everything that a checkpoint changes in accounts and payments. */
interface Changes {
  readonly height: number
  readonly shardOf: AuthorityStore['shardOf']
  readonly leaves: readonly AccountLeaf[]
  readonly lapsed: readonly Payment[]
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
): Promise<Changes> {
  const facts = parseFacts(stored.facts)
  const lapsing = facts.flatMap((fact) => (fact.type === 'lapse' ? [fact.payment] : []))
  const payments = await readPayees(store, lapsing)
  return {
    height: stored.height,
    shardOf: store.shardOf,
    leaves,
    lapsed: payments.map((payment) => ({ ...payment, state: 'lapsed' })),
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

async function applyToShard(
  transaction: ShardTransaction,
  shard: AuthorityShard,
  { height, shardOf, leaves, lapsed, facts }: Changes,
): Promise<void> {
  for (const leaf of leaves) {
    if (shardOf(leaf.account) === shard) await transaction.putLeaf(leaf)
  }
  for (const payment of lapsed) {
    if (shardOf(payment.payee) !== shard) continue
    await transaction.putPayment(payment)
    await releaseClaim(transaction, payment)
  }
  for (const about of facts) {
    if (shardOf(about.account) !== shard) continue
    await transaction.addRecord('fact', factKey(about.account, height), encodeFacts(about.facts))
    for (const fact of about.facts) await applyFact(transaction, fact)
  }
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
      return transaction.putStatus(fact.account, { ...status, frozenAtSeq })
    }
    case 'thaw':
      return transaction.putStatus(fact.account, { frozenAtSeq: null, bannedUntilMs: 0 })
    case 'ban': {
      const status = await transaction.status(fact.account)
      return transaction.putStatus(fact.account, { ...status, bannedUntilMs: fact.untilMs })
    }
    case 'void':
      await removeCertified(transaction, fact)
      return transaction.releaseVote(fact.account, fact.seq)
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

/**
 * The quorum that declared the place void knew no certificate for it. One that came here meanwhile, or only here, does not
 * count: nothing certified can rest on its entry, because that would have taken authorities of the quorum.
 */
async function removeCertified(transaction: ShardTransaction, { account, seq }: CutPlace): Promise<void> {
  const [before, voided] = await transaction.entries(account, seq - 1, 2)
  const state = await transaction.account(account)
  if (before === undefined || state === undefined || voided?.signed.entry.seq !== seq) return
  const { signed } = voided
  const { grants } = state
  const restored = { ...stateAfter(before.signed, undefined), grants }
  await transaction.removeEntry(signed, restored, lostBetween(before.signed, signed))
}

/** What decay and slashes took from an account as it wrote the spend. */
function lostBetween({ entry: before }: SignedEntry, { entry: after }: SignedEntry): MicroTokens {
  const held = (entry: Entry): bigint => entry.balance + entry.credit + entry.locked + entry.stake
  const paid = after.operation.type === 'pay' ? after.operation.amount : 0n
  return toMicroTokens(held(before) - held(after) - paid)
}

function encodeUnfinished({ stored, leaves }: FinalCheckpoint): Uint8Array {
  const { height, header, certificate, facts, cut } = stored
  return encodeCbor([height, header, certificate, facts, cut, leaves.map(encodeLeaf)])
}

function readUnfinished(bytes: Uint8Array): FinalCheckpoint {
  const [height, header, certificate, facts, cut, leaves] = readTuple(decodeCbor(bytes), 6, 'checkpoint')
  const read = (field: typeof header): Uint8Array => readBlob(field, MAX_BYTES, 'part of a checkpoint')
  return {
    stored: {
      height: readInteger(height, 'height'),
      header: read(header),
      certificate: read(certificate),
      facts: read(facts),
      cut: read(cut),
    },
    leaves: readList(leaves, MAX_BYTES, 'leaves').map(readLeaf),
  }
}
