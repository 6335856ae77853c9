import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { taggedDigest } from '../../../../src/domain/kernel/hashing.ts'
import { MAX_MICRO_TOKENS, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { encodeLeaf, type AccountLeaf } from '../../../../src/domain/ledger/account-leaf.ts'
import {
  encodeAccountProof,
  MAX_ACCOUNT_PROOF_BYTES,
  parseAccountProof,
  verifyAccountProof,
  type AccountProof,
  type AccountsSummary,
  type ProofSibling,
} from '../../../../src/domain/ledger/account-proof.ts'
import {
  ACCOUNT_BITS,
  encodeNode,
  innerNode,
  isRightOf,
  leafNode,
} from '../../../../src/domain/ledger/merkle-sum-node.ts'
import { createAccountsTree, type AccountsTree } from '../../../../src/domain/ledger/merkle-sum-tree.ts'
import { accountLeaves, leafSets, withFlippedBit } from '../../../support/checkpoint-arbitraries.ts'
import { codeOf, expectRefusal } from '../../../support/ledger.ts'

function summaryOf({ root, count, sums }: AccountsTree): AccountsSummary {
  return { accountsRoot: root, accountCount: count, ...sums }
}

function proofFor(tree: AccountsTree, leaf: AccountLeaf): AccountProof {
  const proof = tree.proofOf(leaf.account)
  if (proof === undefined) throw new Error('The tree does not hold the leaf')
  return proof
}

/** A set of leaves, their tree, and the proof of one of them. */
const proofs = fc.tuple(leafSets({ minLength: 1, maxLength: 40 }), fc.nat()).map(([leaves, pick]) => {
  const tree = createAccountsTree(leaves)
  const leaf = leaves[pick % leaves.length]
  if (leaf === undefined) throw new Error('There is no leaf')
  return { leaves, header: summaryOf(tree), proof: proofFor(tree, leaf) }
})

describe('proofs of an account', () => {
  it('verify for every leaf of any tree, and come back from their bytes', () => {
    fc.assert(
      fc.property(leafSets(), (leaves) => {
        const tree = createAccountsTree(leaves)
        for (const leaf of leaves) {
          const wire = encodeAccountProof(proofFor(tree, leaf))
          const proof = parseAccountProof(wire)
          expect(proof).toEqual(proofFor(tree, leaf))
          expect(proof.leaf).toEqual(leaf)
          verifyAccountProof(proof, summaryOf(tree))
        }
      }),
    )
  })

  it('end in a typed refusal when any bit of leaf, path or sums is flipped', () => {
    fc.assert(
      fc.property(proofs, fc.nat(1_000_000), ({ proof, header }, position) => {
        const flipped = withFlippedBit(encodeAccountProof(proof), position)
        const code = codeOf(() => verifyAccountProof(parseAccountProof(flipped), header))
        expect(['bad-encoding', 'bad-proof']).toContain(code)
      }),
      { numRuns: 2_000 },
    )
  })

  it('are refused under any other header', () => {
    fc.assert(
      fc.property(proofs, fc.nat(255), ({ proof, header }, bit) => {
        const otherRoot = { ...header, accountsRoot: withFlippedBit(header.accountsRoot, bit) }
        expectRefusal(() => verifyAccountProof(proof, otherRoot), 'bad-proof')
        const otherCount = { ...header, accountCount: header.accountCount + 1 }
        expectRefusal(() => verifyAccountProof(proof, otherCount), 'bad-proof')
        for (const kind of ['balance', 'credit', 'locked', 'stake'] as const) {
          const otherSum = { ...header, [kind]: toMicroTokens(header[kind] + 1n) }
          expectRefusal(() => verifyAccountProof(proof, otherSum), 'bad-proof')
        }
      }),
      { numRuns: 50 },
    )
  })

  it('are refused when a sibling is missing, added, doubled or in another place', () => {
    fc.assert(
      fc.property(
        proofs.filter(({ leaves }) => leaves.length > 2),
        fc.nat(),
        ({ proof, header }, pick) => {
          const { siblings } = proof
          const index = pick % siblings.length
          const chosen = siblings.slice(index, index + 1)
          const paths: (readonly ProofSibling[])[] = [
            siblings.toSpliced(index, 1),
            [...siblings, ...chosen],
            siblings.toSpliced(index, 0, ...chosen),
            [...siblings.toSpliced(index, 1), ...chosen].reverse(),
          ]
          for (const path of paths.filter((other) => other.some((node, at) => node !== siblings[at]))) {
            expectRefusal(() => verifyAccountProof({ ...proof, siblings: path }, header), 'bad-proof')
          }
        },
      ),
    )
  })

  it('are refused for the leaf of another account with the same path', () => {
    fc.assert(
      fc.property(proofs, accountLeaves, ({ leaves, proof, header }, other) => {
        for (const leaf of [...leaves, other]) {
          if (leaf.account.join() === proof.leaf.account.join()) continue
          expectRefusal(() => verifyAccountProof({ ...proof, leaf }, header), 'bad-proof')
        }
      }),
      { numRuns: 50 },
    )
  })

  it('never take an inner node for a leaf: it has other fields, and its hash is made for another purpose', () => {
    fc.assert(
      fc.property(accountLeaves, accountLeaves, fc.nat(ACCOUNT_BITS - 1), (a, b, depth) => {
        const [left, right] = [leafNode(a), leafNode(b)]
        const fields = [depth, ...encodeNode(left), ...encodeNode(right)]
        const { hash } = innerNode(depth, left, right)
        expect(hash).toEqual(taggedDigest('account-node', encodeCbor(fields)))
        expect(hash).not.toEqual(taggedDigest('account-leaf', encodeCbor(fields)))
        expectRefusal(() => parseAccountProof(encodeCbor([fields, []])), 'bad-encoding')
      }),
      { numRuns: 20 },
    )
  })

  it('cannot show two leaves of one account even under a root that was made to', () => {
    fc.assert(
      fc.property(accountLeaves, accountLeaves, fc.nat(ACCOUNT_BITS - 1), (one, other, depth) => {
        const twin = { ...other, account: one.account }
        const parent = innerNode(depth, leafNode(one), leafNode(twin))
        const header = { accountsRoot: parent.hash, accountCount: 2, ...parent.sums }
        const shown = [
          { leaf: one, siblings: [{ depth, ...leafNode(twin) }] },
          { leaf: twin, siblings: [{ depth, ...leafNode(one) }] },
        ].filter((proof) => codeOf(() => verifyAccountProof(proof, header)) === undefined)
        expect(shown).toEqual([shown[0]])
        expect(shown[0]?.leaf).toBe(isRightOf(one.account, depth) ? twin : one)
      }),
      { numRuns: 50 },
    )
  })

  it('are refused when their bits do not ascend towards the leaf', () => {
    fc.assert(
      fc.property(accountLeaves, accountLeaves, accountLeaves, fc.nat(255), (leaf, a, b, depth) => {
        const siblings = [
          { depth, ...leafNode(a) },
          { depth, ...leafNode(b) },
        ]
        const top = siblings.reduce(
          (node, sibling) =>
            isRightOf(leaf.account, depth)
              ? innerNode(depth, sibling, node)
              : innerNode(depth, node, sibling),
          leafNode(leaf),
        )
        const header = { accountsRoot: top.hash, accountCount: 3, ...top.sums }
        expectRefusal(() => verifyAccountProof({ leaf, siblings }, header), 'bad-proof')
      }),
      { numRuns: 20 },
    )
  })

  it('are refused when their sums overflow the cap of amounts', () => {
    fc.assert(
      fc.property(proofs, ({ proof, header }) => {
        const huge = { ...leafNode(proof.leaf), depth: 0, count: Number.MAX_SAFE_INTEGER }
        const sibling = { ...huge, sums: { ...huge.sums, balance: MAX_MICRO_TOKENS } }
        const siblings = [sibling, sibling, sibling]
        expectRefusal(() => verifyAccountProof({ ...proof, siblings }, header), 'bad-proof')
      }),
      { numRuns: 20 },
    )
  })

  it('are refused in any other form of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expectRefusal(() => parseAccountProof(bytes), 'bad-encoding')
      }),
    )
    fc.assert(
      fc.property(proofs, fc.nat(), ({ proof }, length) => {
        const wire = encodeAccountProof(proof)
        expectRefusal(() => parseAccountProof(wire.subarray(0, length % wire.length)), 'bad-encoding')
      }),
    )
    expectRefusal(() => parseAccountProof(new Uint8Array(MAX_ACCOUNT_PROOF_BYTES + 1)), 'message-too-large')
  })

  it('have at most 64 siblings, which fit into the limit of bytes', () => {
    fc.assert(
      fc.property(accountLeaves, (leaf) => {
        const sums = {
          balance: MAX_MICRO_TOKENS,
          credit: MAX_MICRO_TOKENS,
          locked: MAX_MICRO_TOKENS,
          stake: MAX_MICRO_TOKENS,
        }
        const largest = { ...leafNode(leaf), sums, depth: 255, count: Number.MAX_SAFE_INTEGER }
        const longest = encodeAccountProof({ leaf, siblings: Array.from({ length: 64 }, () => largest) })
        expect(longest.length).toBeLessThanOrEqual(MAX_ACCOUNT_PROOF_BYTES)
        expect(parseAccountProof(longest).siblings).toHaveLength(64)
        const small = { ...leafNode(leaf), depth: 0 }
        const tooLong = Array.from({ length: 65 }, () => small)
        expectRefusal(
          () => parseAccountProof(encodeAccountProof({ leaf, siblings: tooLong })),
          'bad-encoding',
        )
      }),
      { numRuns: 5 },
    )
  })

  it.each([
    ['a negative sum', 3, -1],
    ['a sum of 2^63', 4, 2n ** 63n],
    ['a fraction as count', 2, 1.5],
    ['a bit beyond the account', 0, 256],
    ['a short hash', 1, new Uint8Array(31)],
  ] as const)('are refused with %s', (_, index, value) => {
    fc.assert(
      fc.property(accountLeaves, (leaf) => {
        const sibling = [0, ...encodeNode(leafNode(leaf))].with(index, value)
        const wire = encodeCbor([encodeLeaf(leaf), [sibling]])
        expectRefusal(() => parseAccountProof(wire), 'bad-encoding')
      }),
      { numRuns: 5 },
    )
  })
})
