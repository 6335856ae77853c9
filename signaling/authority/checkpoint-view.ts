import { ACCOUNT_BYTES, type Account } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { parseHeader } from '../../src/domain/ledger/checkpoint-codec.ts'
import { parseFacts } from '../../src/domain/ledger/fact-codec.ts'
import { beginningOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import type { CheckpointTerms } from '../../src/domain/ledger/network-parameters.ts'
import type { DatedFact } from '../../src/domain/ledger/void-place.ts'
import type { AuthorityStore, ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { createBoundedMap } from './bounded-map.ts'

/*
 * What checkpoints say, as far as entries are judged by it. Final checkpoints never change, so they may be read outside of
 * the transaction that judges an entry. The facts about an account, or about the authority with that key, are records of
 * kind `fact` under (account, height) in the account's shard, in the wire form of a list of facts; whoever stores a
 * checkpoint stores them first.
 */

/** The checkpoints that this authority knows. */
export interface CheckpointView {
  /** What `judge` gives. It may ask for any checkpoint's terms with `at`, and is called again when one was not at hand. */
  withCheckpoints<T>(judge: (at: CheckpointAt) => Promise<T>): Promise<T>
  /** The terms of a checkpoint. Throws `not-found` for a height not known yet. */
  termsOf(height: number): Promise<CheckpointTerms>
}

/** A checkpoint by its height; the first one is what the network starts from. */
export type CheckpointAt = (height: number) => CheckpointTerms

/** Heights that are remembered: about three weeks at one each 30 s. */
const MAX_HEIGHTS = 65_536
/** Checkpoints with facts about one account that are read at once. */
const MAX_FACT_RECORDS = 4_096

/** Reads checkpoints of the store. */
export function createCheckpointView(store: AuthorityStore, genesis: Genesis): CheckpointView {
  const terms = createBoundedMap<number, CheckpointTerms>(MAX_HEIGHTS)
  terms.set(0, beginningOf(genesis))

  async function load(height: number): Promise<CheckpointTerms> {
    const known = terms.get(height)
    if (known !== undefined) return known
    const stored = await store.home.transaction((transaction) => transaction.checkpoint(height))
    if (stored === undefined) {
      throw new LoremeshError(
        'not-found',
        `The entry names checkpoint ${height}, which is not known here`,
        'Send the checkpoint first, or try again',
      )
    }
    const { timeMs, parameters, removals } = parseHeader(stored.header).header
    const read = { timeMs, parameters, removals }
    terms.set(height, read)
    return read
  }

  function at(height: number): CheckpointTerms {
    const checkpoint = terms.get(height)
    if (checkpoint === undefined) throw new NotAtHand(height)
    return checkpoint
  }

  return {
    async withCheckpoints(judge) {
      for (;;) {
        try {
          return await judge(at)
        } catch (error) {
          if (!(error instanceof NotAtHand)) throw error
          await load(error.height)
        }
      }
    },
    termsOf: load,
  }
}

/** Key of the record with the facts that a checkpoint states about an account. */
export function factKey(account: Account, height: number): Uint8Array {
  return recordKey(account, height)
}

/** What the checkpoints above `after` state about an account of the transaction's shard. */
export async function readFacts(
  transaction: ShardTransaction,
  account: Account,
  after: number,
): Promise<readonly DatedFact[]> {
  const records = await transaction.records('fact', {
    from: factKey(account, after + 1),
    before: factKey(account, Number.MAX_SAFE_INTEGER),
    limit: MAX_FACT_RECORDS,
  })
  return records.flatMap(({ key, value }) => {
    const height = heightOf(key)
    return parseFacts(value).map((fact) => ({ height, fact }))
  })
}

function heightOf(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset + ACCOUNT_BYTES).getBigUint64(0))
}

/** Says that a checkpoint has to be read first. Never leaves this file. */
class NotAtHand extends Error {
  readonly height: number

  constructor(height: number) {
    super(`Checkpoint ${height} is not at hand`)
    this.height = height
  }
}
