import { encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { sumTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import { leafDigest, type AccountLeaf } from './account-leaf.ts'
import { readAmount, readBytes, readInteger } from './cbor-fields.ts'

/** What the accounts below a node hold together, in µT. */
export interface AccountSums {
  readonly balance: MicroTokens
  readonly credit: MicroTokens
  readonly locked: MicroTokens
  readonly stake: MicroTokens
}

/** What a parent commits to about a child of the Merkle-sum tree. */
export interface SumNode {
  readonly hash: Uint8Array
  /** Number of accounts below. */
  readonly count: number
  readonly sums: AccountSums
}

export const NODE_HASH_BYTES = 32
/** Bits of an account; also the depth of a leaf, at which all of them are decided. */
export const ACCOUNT_BITS = 256

/** Where `a` and `b` first differ, counted from the most significant bit; 256 when they are the same account. */
export function firstDifferingBit(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0)
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24
  }
  return ACCOUNT_BITS
}

/** Whether the account lies right of a node that branches at this bit. */
export function isRightOf(account: Uint8Array, depth: number): boolean {
  return (((account[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1) === 1
}

/** The node of one account. */
export function leafNode(leaf: AccountLeaf): SumNode {
  const { balance, credit, locked, stake } = leaf
  return { hash: leafDigest(leaf), count: 1, sums: { balance, credit, locked, stake } }
}

/**
 * The node above two others, branching at bit `depth` of the accounts: tagged digest "account-node" of cbor([depth,
 * left hash, count and sums, right hash, count and sums]). Both children's sums are hashed, not their sum alone, or a
 * tree could show a smaller sibling to each side (Maxwell's liabilities tree had that flaw). Throws `bad-input` when a
 * sum exceeds the cap of amounts.
 */
export function innerNode(depth: number, left: SumNode, right: SumNode): SumNode {
  const sums = {
    balance: sumTokens([left.sums.balance, right.sums.balance]),
    credit: sumTokens([left.sums.credit, right.sums.credit]),
    locked: sumTokens([left.sums.locked, right.sums.locked]),
    stake: sumTokens([left.sums.stake, right.sums.stake]),
  }
  const preimage = encodeCbor([depth, ...encodeNode(left), ...encodeNode(right)])
  return { hash: taggedDigest('account-node', preimage), count: left.count + right.count, sums }
}

/** CBOR fields: hash, count, balance, credit, locked, stake. */
export function encodeNode({ hash, count, sums }: SumNode): readonly CborValue[] {
  return [hash, count, sums.balance, sums.credit, sums.locked, sums.stake]
}

/** The node of its CBOR fields. Throws `bad-encoding`. */
export function readNode(fields: readonly CborValue[]): SumNode {
  const [hash, count, balance, credit, locked, stake] = fields
  return {
    hash: readBytes(hash, NODE_HASH_BYTES, "node's hash"),
    count: readInteger(count, "node's count"),
    sums: {
      balance: readAmount(balance, "node's balance"),
      credit: readAmount(credit, "node's credit"),
      locked: readAmount(locked, "node's locked amount"),
      stake: readAmount(stake, "node's stake"),
    },
  }
}
