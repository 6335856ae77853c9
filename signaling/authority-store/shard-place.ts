import { createHash } from 'node:crypto'
import type { Account } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'

/** Which of how many shards this is. */
export interface ShardPlace {
  readonly shard: number
  readonly shards: number
}

/** The shard of an account: the first 4 bytes, big-endian, of its key's SHA-256 modulo the number of shards. */
export function shardIndexOf(account: Account, shards: number): number {
  // One shard is what almost everybody has, and then there is nothing to find out.
  return shards === 1 ? 0 : createHash('sha256').update(account).digest().readUInt32BE() % shards
}

/** Whether an account is in this shard. */
export function isHere(account: Account, { shard, shards }: ShardPlace): boolean {
  return shardIndexOf(account, shards) === shard
}

/** Checks that what is about to be written belongs here: in the wrong shard nobody would find it. Throws `bad-input`. */
export function requireHere(account: Account, place: ShardPlace): void {
  if (!isHere(account, place)) throw new LoremeshError('bad-input', 'The account belongs to another shard')
}
