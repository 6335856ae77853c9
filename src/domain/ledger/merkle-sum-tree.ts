import type { Account } from '../identity/account.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { ZERO_TOKENS } from '../kernel/micro-tokens.ts'
import type { AccountLeaf } from './account-leaf.ts'
import type { AccountProof, ProofSibling } from './account-proof.ts'
import {
  ACCOUNT_BITS,
  firstDifferingBit,
  innerNode,
  isRightOf,
  leafNode,
  NODE_HASH_BYTES,
  type AccountSums,
  type SumNode,
} from './merkle-sum-node.ts'

/*
 * A Merkle-sum tree in the shape of a crit-bit tree: the leaves are sorted by account, and each inner node branches at
 * the first bit in which the accounts below it differ. The shape follows from the set of accounts alone, in whatever
 * order they came; a change hashes one path of about log2(n) nodes anew and shares all others with the tree before; and
 * as a node's hash covers the bit at which it branches, an account leads from a root to one leaf only.
 */

interface TreeLeaf extends SumNode {
  readonly depth: typeof ACCOUNT_BITS
  readonly account: Account
  readonly leaf: AccountLeaf
}

interface TreeBranch extends SumNode {
  /** The first bit in which the accounts below differ. */
  readonly depth: number
  /** One of the accounts below. */
  readonly account: Account
  readonly left: TreeNode
  readonly right: TreeNode
}

type TreeNode = TreeLeaf | TreeBranch

/** The accounts of a checkpoint. It never changes: the next checkpoint's is another one that shares most nodes with it. */
export interface AccountsTree {
  /** 32 zero bytes when there are no accounts. */
  readonly root: Uint8Array
  readonly count: number
  readonly sums: AccountSums
  /** What shows that the account's leaf belongs to the root; undefined when the tree has no such account. */
  proofOf(account: Account): AccountProof | undefined
  /** The tree with these leaves added, each in place of the one that its account had. Throws as `createAccountsTree`. */
  withLeaves(changed: Iterable<AccountLeaf>): AccountsTree
}

const emptyTree: SumNode = {
  hash: new Uint8Array(NODE_HASH_BYTES),
  count: 0,
  sums: { balance: ZERO_TOKENS, credit: ZERO_TOKENS, locked: ZERO_TOKENS, stake: ZERO_TOKENS },
}

/** The tree of leaves in any order. Throws `bad-input` when an account comes twice or a sum of amounts exceeds the cap. */
export function createAccountsTree(leaves: Iterable<AccountLeaf>): AccountsTree {
  return treeBelow(merged(undefined, sorted(leaves)))
}

function treeBelow(top: TreeNode | undefined): AccountsTree {
  const { hash, count, sums } = top ?? emptyTree
  return {
    root: hash,
    count,
    sums,
    proofOf: (account) => top && proofBelow(top, account),
    withLeaves: (changed) => treeBelow(merged(top, sorted(changed))),
  }
}

function sorted(leaves: Iterable<AccountLeaf>): readonly AccountLeaf[] {
  const ordered = [...leaves].sort((a, b) => compareAccounts(a.account, b.account))
  ordered.forEach(({ account }, index) => {
    const next = ordered[index + 1]
    if (next !== undefined && bytesEqual(account, next.account)) {
      throw new LoremeshError('bad-input', 'An account has two leaves')
    }
  })
  return ordered
}

function compareAccounts(a: Account, b: Account): number {
  const bit = firstDifferingBit(a, b)
  return Number(isRightOf(a, bit)) - Number(isRightOf(b, bit))
}

/** The node with sorted leaves put in below or beside it; undefined when there is neither a node nor a leaf. */
function merged(node: TreeNode | undefined, leaves: readonly AccountLeaf[]): TreeNode | undefined {
  const first = leaves[0]
  const last = leaves.at(-1)
  if (first === undefined || last === undefined) return node
  const account = node?.account ?? first.account
  const depth = Math.min(
    node?.depth ?? ACCOUNT_BITS,
    firstDifferingBit(account, first.account),
    firstDifferingBit(account, last.account),
  )
  if (depth === ACCOUNT_BITS) return { ...leafNode(first), depth, account, leaf: first }
  const [left, right] = node === undefined ? [] : sidesAt(node, depth)
  const rightmost = leaves.findIndex((leaf) => isRightOf(leaf.account, depth))
  const split = rightmost === -1 ? leaves.length : rightmost
  return branch(depth, merged(left, leaves.slice(0, split)), merged(right, leaves.slice(split)))
}

/** What of the node lies left and right of a bit that is not below its own. */
function sidesAt(node: TreeNode, depth: number): readonly [TreeNode | undefined, TreeNode | undefined] {
  if ('left' in node && node.depth === depth) return [node.left, node.right]
  return isRightOf(node.account, depth) ? [undefined, node] : [node, undefined]
}

function branch(
  depth: number,
  left: TreeNode | undefined,
  right: TreeNode | undefined,
): TreeNode | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return { ...innerNode(depth, left, right), depth, account: left.account, left, right }
}

function proofBelow(top: TreeNode, account: Account): AccountProof | undefined {
  const siblings: ProofSibling[] = []
  let node = top
  while ('left' in node) {
    const isRight = isRightOf(account, node.depth)
    const { hash, count, sums } = isRight ? node.left : node.right
    siblings.push({ depth: node.depth, hash, count, sums })
    node = isRight ? node.right : node.left
  }
  return bytesEqual(node.account, account) ? { leaf: node.leaf, siblings: siblings.reverse() } : undefined
}
