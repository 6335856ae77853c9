import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { decodeCbor, encodeCbor } from '../../src/domain/kernel/cbor.ts'
import { readInteger } from '../../src/domain/ledger/cbor-fields.ts'
import type { AuthorityShard, AuthorityStore, ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { MAX_CUT_ACCOUNTS, type CutPlace } from './cut.ts'
import { leafOf, type FinalLedger } from './final-ledger.ts'

/** Entries that one checkpoint contains more than the one before, at most. */
const MAX_ENTRIES = 20_000
/** Grants among them, each of which is a fact. */
const MAX_GRANTS = 2_048
const PAGE = 512
/** The first position of a log. */
const BEGINNING = 1

/**
 * This authority's logs, read as far as the final checkpoint contains everything in them. What stands first in a log was
 * there before what rests on it, so a checkpoint that contains the first part of a log contains what its entries rest on.
 */
export interface OwnLog {
  /** Passes over what the final checkpoint contains. */
  advance(final: FinalLedger): Promise<void>
  /** Where the entries of the first part of each log beyond the final checkpoint lead to, as much as one may contain. */
  chooseCut(final: FinalLedger): Promise<readonly CutPlace[]>
  /** Stores how far the logs are read. */
  save(home: ShardTransaction): Promise<void>
}

/** Goes on where the logs were read to. `authority` is this authority's index. */
export async function openOwnLog(store: AuthorityStore, authority: number): Promise<OwnLog> {
  const positions = await store.home.transaction(async (home) => {
    const known: number[] = []
    for (const shard of store.shards.keys()) {
      const stored = await home.record('log-cursor', recordKey(authority, shard))
      known.push(stored === undefined ? BEGINNING : readInteger(decodeCbor(stored), 'position in a log'))
    }
    return known
  })

  /** Reads a log from where it is contained up to, until `take` says that it is enough. */
  async function read(
    shard: AuthorityShard,
    fromPosition: number,
    take: (place: CutPlace & { readonly position: number; readonly isGrant: boolean }) => boolean,
  ): Promise<void> {
    for (let from = fromPosition; ;) {
      const page = await shard.transaction((transaction) => transaction.log(from, PAGE))
      for (const { position, signed } of page) {
        const { account, seq, operation } = signed.entry
        if (!take({ account, seq, position, isGrant: operation.type === 'collect' })) return
        from = position + 1
      }
      if (page.length < PAGE) return
    }
  }

  const isWithin = (final: FinalLedger, { account, seq }: CutPlace): boolean =>
    seq <= (leafOf(final, account)?.seq ?? -1)

  return {
    async advance(final) {
      for (const [index, shard] of store.shards.entries()) {
        await read(shard, positions[index] ?? BEGINNING, (place) => {
          const passes = isWithin(final, place)
          if (passes) positions[index] = place.position + 1
          return passes
        })
      }
    },

    async chooseCut(final) {
      const cut = new Map<string, CutPlace>()
      const share = (limit: number): number => Math.max(1, Math.floor(limit / store.shards.length))
      for (const [index, shard] of store.shards.entries()) {
        const accounts = new Set<string>()
        let entries = 0
        let grants = 0
        await read(shard, positions[index] ?? BEGINNING, ({ isGrant, account, seq }) => {
          if (isWithin(final, { account, seq })) return true
          const key = bytesToHexText(account)
          entries += 1
          grants += isGrant ? 1 : 0
          accounts.add(key)
          if (
            entries > share(MAX_ENTRIES) ||
            grants > share(MAX_GRANTS) ||
            accounts.size > share(MAX_CUT_ACCOUNTS)
          ) {
            return false
          }
          cut.set(key, { account, seq })
          return true
        })
      }
      return [...cut.values()]
    },

    async save(home) {
      for (const [shard, position] of positions.entries()) {
        await home.putRecord('log-cursor', recordKey(authority, shard), encodeCbor(position))
      }
    },
  }
}
