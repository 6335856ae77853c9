import { bytesEqual } from '../kernel/bytes.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { encodeLeaf, readLeaf, type AccountLeaf } from './account-leaf.ts'
import { readInteger, readList, readTuple } from './cbor-fields.ts'
import { decodeLimited } from './envelope.ts'
import {
  ACCOUNT_BITS,
  encodeNode,
  innerNode,
  isRightOf,
  leafNode,
  readNode,
  type AccountSums,
  type SumNode,
} from './merkle-sum-node.ts'

/** A node beside the path from a leaf to the root. */
export interface ProofSibling extends SumNode {
  /** The bit of the account at which the path and the sibling part. */
  readonly depth: number
}

/** Shows that a leaf belongs to a root: the siblings of its path, from the leaf upwards. */
export interface AccountProof {
  readonly leaf: AccountLeaf
  readonly siblings: readonly ProofSibling[]
}

/** What a checkpoint's header says about all accounts together. */
export interface AccountsSummary extends AccountSums {
  readonly accountsRoot: Uint8Array
  readonly accountCount: number
}

/** Longest path: another account lengthens it by its k-th step only with a key that shares more than k bits, 2^k tries. */
const MAX_SIBLINGS = 64
/** Largest proof on the wire; one of a million accounts has about 1,500 bytes. */
export const MAX_ACCOUNT_PROOF_BYTES = 6_144

/** Wire form: cbor([leaf, [[depth, hash, count, balance, credit, locked, stake]…]]). */
export function encodeAccountProof({ leaf, siblings }: AccountProof): Uint8Array {
  const path = siblings.map((sibling) => [sibling.depth, ...encodeNode(sibling)])
  return encodeCbor([encodeLeaf(leaf), path])
}

/** The proof of a wire form, not verified yet. Throws `message-too-large` or `bad-encoding`. */
export function parseAccountProof(wire: Uint8Array): AccountProof {
  const [leaf, path] = readTuple(decodeLimited(wire, MAX_ACCOUNT_PROOF_BYTES, 'proof'), 2, 'proof')
  return {
    leaf: readLeaf(leaf),
    siblings: readList(path, MAX_SIBLINGS, "proof's path").map((item) => {
      const [depth, ...node] = readTuple(item, 7, 'sibling')
      return { depth: readInteger(depth, "sibling's depth", ACCOUNT_BITS - 1), ...readNode(node) }
    }),
  }
}

/**
 * Checks that the leaf is the account's only one in the checkpoint with this header: the path leads to its root and adds
 * up to its sums. Whether the header is certified is checked elsewhere. Throws `bad-proof`.
 */
export function verifyAccountProof(proof: AccountProof, header: AccountsSummary): void {
  const { leaf, siblings } = proof
  const bottom = leafNode(leaf)
  // Before any hashing: what adds up to amounts of the header can't exceed their cap on the way.
  if (!addsUpTo(header, [bottom, ...siblings]))
    throw badProof('does not add up to the sums of its checkpoint')
  let node = bottom
  let below = ACCOUNT_BITS
  for (const sibling of siblings) {
    if (sibling.depth >= below) throw badProof('branches at bits that do not ascend')
    below = sibling.depth
    node = isRightOf(leaf.account, below) ? innerNode(below, sibling, node) : innerNode(below, node, sibling)
  }
  if (!bytesEqual(node.hash, header.accountsRoot))
    throw badProof('does not lead to the root of its checkpoint')
}

function addsUpTo(header: AccountsSummary, nodes: readonly SumNode[]): boolean {
  const count = nodes.reduce((sum, node) => sum + node.count, 0)
  const kinds = ['balance', 'credit', 'locked', 'stake'] as const
  return (
    count === header.accountCount &&
    kinds.every((kind) => nodes.reduce((sum, { sums }) => sum + sums[kind], 0n) === header[kind])
  )
}

function badProof(reason: string): LoremeshError {
  return new LoremeshError('bad-proof', `The account's proof ${reason}`)
}
