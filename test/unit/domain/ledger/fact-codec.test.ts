import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toAccount } from '../../../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../../../src/domain/kernel/bytes.ts'
import { encodeCbor, type CborValue } from '../../../../src/domain/kernel/cbor.ts'
import { taggedDigest } from '../../../../src/domain/kernel/hashing.ts'
import { MAX_MICRO_TOKENS, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { digestToEntryHash } from '../../../../src/domain/ledger/entry.ts'
import {
  encodeFacts,
  factsDigest,
  MAX_FACTS,
  MAX_FACTS_BYTES,
  parseFacts,
  sortFacts,
} from '../../../../src/domain/ledger/fact-codec.ts'
import { mintedBy, type Fact } from '../../../../src/domain/ledger/fact.ts'
import { facts, withFlippedBit } from '../../../support/checkpoint-arbitraries.ts'
import { codeOf, expectRefusal } from '../../../support/ledger.ts'

const account = toAccount(new Uint8Array(32).fill(1))
const grant: Fact = { type: 'grant', account, amount: toMicroTokens(5), id: 'starter' }

/** Different facts. */
const factLists = fc.uniqueArray(facts, {
  selector: (fact) => bytesToHexText(encodeFacts([fact])),
  maxLength: 60,
})

describe("a checkpoint's facts", () => {
  it('come back from their bytes in one order, whatever order they were given in', () => {
    fc.assert(
      fc.property(
        factLists.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, shuffled]) => {
          const parsed = parseFacts(encodeFacts(list))
          expect(encodeFacts(shuffled)).toEqual(encodeFacts(list))
          expect(factsDigest(shuffled)).toEqual(factsDigest(list))
          expect(sortFacts(shuffled)).toEqual(parsed)
          expect(new Set(parsed)).toEqual(new Set(list))
        },
      ),
    )
  })

  it('stand in the order of their codes', () => {
    const payment = digestToEntryHash(new Uint8Array(32))
    const ordered: Fact[] = [
      grant,
      { type: 'lapse', payment },
      { type: 'freeze', account, seq: 7 },
      { type: 'thaw', account },
      { type: 'void', account, seq: 7 },
      { type: 'slash', account, amount: toMicroTokens(1) },
      { type: 'ban', account, untilMs: 9 },
      { type: 'reputation', account, milli: 300 },
      { type: 'remove-authority', authority: 3 },
      { type: 'decay', account, amount: toMicroTokens(1) },
    ]
    expect(sortFacts(ordered.toReversed())).toEqual(ordered)
    expect(factsDigest(ordered)).toEqual(taggedDigest('facts', encodeFacts(ordered)))
  })

  it('mint what their grants are worth, and nothing else', () => {
    fc.assert(
      fc.property(factLists, (list) => {
        const grants = list.flatMap((fact) => (fact.type === 'grant' ? [fact.amount] : []))
        expect(mintedBy(list)).toBe(grants.reduce((sum: bigint, amount) => sum + amount, 0n))
      }),
    )
    expectRefusal(() => mintedBy([{ ...grant, amount: MAX_MICRO_TOKENS }, grant]), 'bad-input')
  })

  it('never end in anything but a typed refusal when bits are flipped', () => {
    fc.assert(
      fc.property(factLists, fc.nat(1_000_000), (list, position) => {
        const wire = encodeFacts(list)
        const flipped = withFlippedBit(wire, position)
        const code = codeOf(() => parseFacts(flipped))
        if (code === undefined) expect(encodeFacts(parseFacts(flipped))).toEqual(flipped)
        else expect(['bad-encoding', 'unsupported']).toContain(code)
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        codeOf(() => parseFacts(bytes))
      }),
    )
  })

  it('are at most 4,096, which fit into the limit of bytes', () => {
    const many = Array.from({ length: MAX_FACTS }, (_, index): Fact => {
      const id = index.toString().padStart(64, '.')
      return { type: 'grant', account, amount: MAX_MICRO_TOKENS, id }
    })
    const wire = encodeFacts(many)
    expect(wire.length).toBeLessThanOrEqual(MAX_FACTS_BYTES)
    expect(parseFacts(wire)).toHaveLength(MAX_FACTS)
    expectRefusal(() => sortFacts([...many, { type: 'thaw', account }]), 'bad-encoding')
    expectRefusal(() => parseFacts(new Uint8Array(MAX_FACTS_BYTES + 1)), 'message-too-large')
  })

  it.each<readonly [string, CborValue, string]>([
    ['a parameter by its name', [[10, 'pricePerKb', 1]], 'bad-encoding'],
    ['a parameter that is not known', [[10, 5, 1]], 'bad-encoding'],
    ['a price of nothing', [[10, 1, 0]], 'bad-encoding'],
    ['a credit line above its limit', [[10, 2, 100_000_001]], 'bad-encoding'],
    ['a decay of more than a tenth a day', [[10, 3, 100_001]], 'bad-encoding'],
    ['an unknown code', [[11]], 'unsupported'],
    ['a code of another type', [['grant']], 'bad-encoding'],
    ['no code', [[]], 'bad-encoding'],
    ['a fact that is no list', [7], 'bad-encoding'],
    ['a field too many', [[3, account, 1]], 'bad-encoding'],
    ['a field too few', [[2, account]], 'bad-encoding'],
    ['a short account', [[3, account.subarray(1)]], 'bad-encoding'],
    ['a negative amount', [[5, account, -1]], 'bad-encoding'],
    ['an amount of 2^63', [[9, account, 2n ** 63n]], 'bad-encoding'],
    ['a reputation above 1,000', [[7, account, 1_001]], 'bad-encoding'],
    ['an authority beyond the largest network', [[8, 10]], 'bad-encoding'],
    ['a grant without an id', [[0, account, 1, '']], 'bad-encoding'],
    ['an id of 65 characters', [[0, account, 1, 'x'.repeat(65)]], 'bad-encoding'],
    ['an id that is not ASCII', [[0, account, 1, 'é']], 'bad-encoding'],
    [
      'facts in another order',
      [
        [8, 2],
        [8, 1],
      ],
      'bad-encoding',
    ],
    [
      'codes in another order',
      [
        [8, 1],
        [3, account],
      ],
      'bad-encoding',
    ],
    [
      'one fact twice',
      [
        [8, 1],
        [8, 1],
      ],
      'bad-encoding',
    ],
    ['a map', 7, 'bad-encoding'],
  ])('are refused with %s', (_, value, code) => {
    expect(codeOf(() => parseFacts(encodeCbor(value)))).toBe(code)
  })
})
