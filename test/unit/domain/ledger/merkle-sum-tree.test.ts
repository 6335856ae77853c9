import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toAccount } from '../../../../src/domain/identity/account.ts'
import { MAX_MICRO_TOKENS, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../../../src/domain/ledger/account-leaf.ts'
import { digestToEntryHash } from '../../../../src/domain/ledger/entry.ts'
import { leafNode } from '../../../../src/domain/ledger/merkle-sum-node.ts'
import { createAccountsTree } from '../../../../src/domain/ledger/merkle-sum-tree.ts'
import { accountLeaves, leafSets } from '../../../support/checkpoint-arbitraries.ts'
import { expectRefusal } from '../../../support/ledger.ts'

/** A leaf of the account whose first byte is given and whose other bytes are 0. */
function leafOf(firstByte: number, balance = 0n): AccountLeaf {
  return {
    account: toAccount(new Uint8Array(32).fill(firstByte, 0, 1)),
    head: digestToEntryHash(new Uint8Array(32)),
    seq: 0,
    balance: toMicroTokens(balance),
    credit: toMicroTokens(0),
    locked: toMicroTokens(0),
    stake: toMicroTokens(0),
    reputationMilli: 500,
    earned7d: toMicroTokens(0),
  }
}

describe('the tree of accounts', () => {
  it('carries the exact sums of its leaves', () => {
    fc.assert(
      fc.property(leafSets(), (leaves) => {
        const { count, sums } = createAccountsTree(leaves)
        const total = (kind: 'balance' | 'credit' | 'locked' | 'stake') =>
          leaves.reduce((sum, leaf) => sum + leaf[kind], 0n)
        expect(count).toBe(leaves.length)
        expect(sums).toEqual({
          balance: total('balance'),
          credit: total('credit'),
          locked: total('locked'),
          stake: total('stake'),
        })
      }),
    )
  })

  it('is the same in whatever order and in how many steps its leaves came', () => {
    const histories = leafSets({ minLength: 1 }).chain((leaves) =>
      fc.record({
        leaves: fc.constant(leaves),
        shuffled: fc.shuffledSubarray(leaves, { minLength: leaves.length }),
        cut: fc.nat(leaves.length),
        outdated: fc.array(fc.tuple(fc.constantFrom(...leaves), accountLeaves), { maxLength: 5 }),
      }),
    )
    fc.assert(
      fc.property(histories, ({ leaves, shuffled, cut, outdated }) => {
        const whole = createAccountsTree(leaves)
        const before = new Map(outdated.map(([{ account }, leaf]) => [account.join(), { ...leaf, account }]))
        const inSteps = createAccountsTree(before.values())
          .withLeaves(shuffled.slice(0, cut))
          .withLeaves(shuffled.slice(cut))
        expect(inSteps.root).toEqual(whole.root)
        expect([inSteps.count, inSteps.sums]).toEqual([whole.count, whole.sums])
      }),
    )
  })

  it('keeps what it was when others are made of it', () => {
    const before = createAccountsTree([leafOf(1, 5n), leafOf(2, 6n)])
    const { root } = createAccountsTree([leafOf(1, 5n), leafOf(2, 6n)])
    const after = before.withLeaves([leafOf(1, 4n), leafOf(3, 1n)])
    expect(before.root).toEqual(root)
    expect(before.sums.balance).toBe(11n)
    expect(after.sums.balance).toBe(11n)
    expect(after.root).not.toEqual(root)
  })

  it('has another root after any change of any leaf', () => {
    fc.assert(
      fc.property(leafSets({ minLength: 1 }), fc.nat(), accountLeaves, (leaves, pick, other) => {
        const tree = createAccountsTree(leaves)
        const { account } = leaves[pick % leaves.length] ?? other
        const fields = Object.keys(other) as (keyof AccountLeaf)[]
        for (const field of fields.filter((name) => name !== 'account')) {
          const leaf = leaves.find((candidate) => candidate.account === account) ?? other
          const changed = tree.withLeaves([{ ...leaf, [field]: other[field] }])
          expect(changed.root.join() === tree.root.join()).toBe(leaf[field] === other[field])
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is 32 zero bytes without accounts, and the leaf itself with one', () => {
    const empty = createAccountsTree([])
    expect(empty.root).toEqual(new Uint8Array(32))
    expect(empty.count).toBe(0)
    expect(empty.proofOf(leafOf(1).account)).toBeUndefined()
    expect(empty.withLeaves([]).root).toEqual(empty.root)
    expect(createAccountsTree([leafOf(1)]).root).toEqual(leafNode(leafOf(1)).hash)
  })

  it('refuses two leaves of one account, and sums above the cap', () => {
    expectRefusal(() => createAccountsTree([leafOf(1), leafOf(2), leafOf(1, 1n)]), 'bad-input')
    expectRefusal(() => createAccountsTree([]).withLeaves([leafOf(1), leafOf(1)]), 'bad-input')
    const full = createAccountsTree([leafOf(1, MAX_MICRO_TOKENS), leafOf(2)])
    expect(full.sums.balance).toBe(MAX_MICRO_TOKENS)
    expectRefusal(() => full.withLeaves([leafOf(3, 1n)]), 'bad-input')
  })

  it('proves no account that it does not hold', () => {
    const tree = createAccountsTree([leafOf(1), leafOf(2), leafOf(4)])
    expect(tree.proofOf(leafOf(3).account)).toBeUndefined()
    expect(tree.proofOf(leafOf(4).account)?.leaf).toEqual(leafOf(4))
  })
})
