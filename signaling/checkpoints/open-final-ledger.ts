import { ACCOUNT_BYTES } from '../../src/domain/identity/account.ts'
import { bytesEqual } from '../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import { parseHeader } from '../../src/domain/ledger/checkpoint-codec.ts'
import { parseFacts } from '../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../src/domain/ledger/fact.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { createAccountsTree } from '../../src/domain/ledger/merkle-sum-tree.ts'
import type { AuthorityShard, AuthorityStore, ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { createEarnings, firstDayOf, utcDay, type Earning, type Earnings } from './earnings.ts'
import { createFactBook, type FactBook } from './fact-book.ts'
import { firstLedger, type FinalLedger } from './final-ledger.ts'
import { inShards } from './in-shards.ts'
import type { StoredHeaders } from './stored-headers.ts'

const PAGE = 1_024
/** Entries of one account that are read at once on the way back through its earnings. */
const ENTRIES = 64

/**
 * Reads what the newest checkpoint of a store says. Throws `internal` when its accounts are not those that the authorities
 * signed.
 */
export async function openFinalLedger(
  store: AuthorityStore,
  { genesis, headers }: { readonly genesis: Genesis; readonly headers: StoredHeaders },
): Promise<FinalLedger> {
  const newest = await store.home.transaction((home) => home.newestCheckpoint())
  if (newest === undefined) return firstLedger(genesis)
  const { header, hash } = parseHeader(newest.header)
  const leaves = (await Promise.all(store.shards.map(readLeaves))).flat()
  const tree = createAccountsTree(leaves)
  if (!bytesEqual(tree.root, header.accountsRoot)) {
    throw new LoremeshError('internal', "The database's accounts are not those of its newest checkpoint")
  }
  return {
    height: header.height,
    hash,
    timeMs: header.timeMs,
    totals: header,
    parameters: header.parameters,
    tree,
    earnings: await readEarnings(store, leaves, utcDay(header.timeMs)),
    facts: await readFactBook(store, headers),
  }
}

async function readLeaves(shard: AuthorityShard): Promise<readonly AccountLeaf[]> {
  const leaves: AccountLeaf[] = []
  for (;;) {
    const after = leaves.at(-1)?.account
    const page = await shard.transaction((transaction) => transaction.leaves(after, PAGE))
    leaves.push(...page)
    if (page.length < PAGE) return leaves
  }
}

async function readEarnings(
  store: AuthorityStore,
  leaves: readonly AccountLeaf[],
  day: number,
): Promise<Earnings> {
  const earners = leaves.filter(({ earned7d }) => earned7d > 0n)
  const claims = await inShards(store, earners, (transaction, leaf) => readClaims(transaction, leaf, day))
  return createEarnings(day).after(day, claims.flat())
}

/** The claims of a leaf's account on the days that its earnings are of, read backwards from its head. */
async function readClaims(
  transaction: ShardTransaction,
  { account, seq }: AccountLeaf,
  day: number,
): Promise<readonly Earning[]> {
  const claims: Earning[] = []
  for (let end = seq; end >= 0; end -= ENTRIES) {
    const first = Math.max(0, end - ENTRIES + 1)
    const page = await transaction.entries(account, first, end - first + 1)
    for (const { entry } of page.map(({ signed }) => signed)) {
      const { timestampMs, operation } = entry
      if (operation.type !== 'claim') continue
      claims.push({ account, day: utcDay(timestampMs), amount: operation.amount })
    }
    const oldest = page[0]?.signed.entry.timestampMs ?? 0
    if (utcDay(oldest) < firstDayOf(day)) break
  }
  return claims
}

interface StatedFacts {
  readonly height: number
  readonly facts: readonly Fact[]
}

async function readFactBook(store: AuthorityStore, headers: StoredHeaders): Promise<FactBook> {
  const stated = (await Promise.all(store.shards.map(readStatedFacts))).flat()
  const checkpoints = await headers.read(stated.map(({ height }) => height))
  return [...stated]
    .sort((a, b) => a.height - b.height)
    .reduce((book, { height, facts }) => {
      const timeMs = checkpoints.get(height)?.header.timeMs ?? 0
      return book.with({ height, timeMs }, facts)
    }, createFactBook())
}

async function readStatedFacts(shard: AuthorityShard): Promise<readonly StatedFacts[]> {
  const stated: StatedFacts[] = []
  let from: Uint8Array = new Uint8Array()
  for (;;) {
    const after = from
    const page = await shard.transaction((transaction) =>
      transaction.records('fact', { from: after, limit: PAGE }),
    )
    for (const { key, value } of page) stated.push({ height: heightOf(key), facts: parseFacts(value) })
    const last = page.at(-1)
    if (page.length < PAGE || last === undefined) return stated
    from = recordKey(last.key, 0)
  }
}

/** The second part of a `factKey`. */
function heightOf(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset + ACCOUNT_BYTES).getBigUint64(0))
}
