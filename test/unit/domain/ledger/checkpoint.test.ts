import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor, type CborValue } from '../../../../src/domain/kernel/cbor.ts'
import { taggedDigest } from '../../../../src/domain/kernel/hashing.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import {
  createCheckpoint,
  MAX_HEADER_BYTES,
  parseHeader,
} from '../../../../src/domain/ledger/checkpoint-codec.ts'
import {
  checkpointHashToDigest,
  digestToCheckpointHash,
  isConserved,
  factsMatch,
  NO_CHECKPOINT,
} from '../../../../src/domain/ledger/checkpoint.ts'
import { factsDigest } from '../../../../src/domain/ledger/fact-codec.ts'
import { type Fact, mintedBy, removedBy } from '../../../../src/domain/ledger/fact.ts'
import { MAX_AUTHORITIES } from '../../../../src/domain/ledger/genesis.ts'
import { changesBetween } from '../../../../src/domain/ledger/parameter-change.ts'
import { withRemovals, type Removals } from '../../../../src/domain/ledger/removals.ts'
import {
  facts,
  headers,
  networkParameters,
  parameterChanges,
  withFlippedBit,
} from '../../../support/checkpoint-arbitraries.ts'
import { codeOf, expectRefusal } from '../../../support/ledger.ts'

const unchanging = facts.filter(({ type }) => type !== 'parameter')
const [sample] = fc.sample(
  headers.map((header) => ({ ...header, height: 8, skip: NO_CHECKPOINT, removals: [] })),
  { seed: 1, numRuns: 1 },
)
if (sample === undefined) throw new Error('There is no sample')
const { bytes: sampleBytes } = createCheckpoint(sample)

/** Bytes of the sample with one field changed by hand. */
function forge(index: number, value: CborValue): Uint8Array {
  return encodeCbor((decodeCbor(sampleBytes) as readonly CborValue[]).with(index, value))
}

describe("a checkpoint's header", () => {
  it('comes back from its bytes, named by their hash', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const { bytes, hash } = createCheckpoint(header)
        const parsed = parseHeader(bytes)
        expect(parsed.header).toEqual(header)
        expect(parsed.hash).toBe(hash)
        expect(checkpointHashToDigest(hash)).toEqual(taggedDigest('checkpoint', bytes))
        expect(bytes.length).toBeLessThanOrEqual(MAX_HEADER_BYTES)
      }),
    )
  })

  it('ends in a typed refusal or has another hash when any bit is flipped', () => {
    fc.assert(
      fc.property(headers, fc.nat(1_000_000), (header, position) => {
        const { bytes, hash } = createCheckpoint(header)
        const flipped = withFlippedBit(bytes, position)
        const code = codeOf(() => parseHeader(flipped))
        if (code === undefined) expect(parseHeader(flipped).hash).not.toBe(hash)
        else expect(['bad-encoding', 'unsupported', 'bad-checkpoint']).toContain(code)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is refused in any other form of bytes', () => {
    for (let length = 0; length < sampleBytes.length; length++) {
      expectRefusal(() => parseHeader(sampleBytes.subarray(0, length)), 'bad-encoding')
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: MAX_HEADER_BYTES }), (bytes) => {
        expectRefusal(() => parseHeader(bytes), 'bad-encoding')
      }),
    )
    expectRefusal(() => parseHeader(new Uint8Array(MAX_HEADER_BYTES + 1)), 'message-too-large')
  })

  it.each([
    ['an unknown version', 0, 2, 'unsupported'],
    ['a short network id', 1, new Uint8Array(7), 'bad-encoding'],
    ['height 0', 2, 0, 'bad-checkpoint'],
    ['a height beyond 2^53', 2, 2n ** 53n, 'bad-encoding'],
    ['a height that its links do not fit', 2, 9, 'bad-checkpoint'],
    ['no checkpoint before it', 3, new Uint8Array(32), 'bad-checkpoint'],
    ['a skip link to nothing that is something', 4, new Uint8Array(32).fill(1), 'bad-checkpoint'],
    ['a short root', 6, new Uint8Array(31), 'bad-encoding'],
    ['a negative balance', 8, -1, 'bad-encoding'],
    ['a pool of 2^63', 14, 2n ** 63n, 'bad-encoding'],
    ['a fraction as number of entries', 17, 0.5, 'bad-encoding'],
    ['a removal by a later checkpoint', 19, [[0, 9]], 'bad-encoding'],
    ['a long digest of facts', 20, new Uint8Array(33), 'bad-encoding'],
  ] as const)('is refused with %s', (_, index, value, code) => {
    expectRefusal(() => parseHeader(forge(index, value)), code)
  })

  it('names one checkpoint twice where the skip link leads to the one before', () => {
    fc.assert(
      fc.property(headers, fc.nat(2 ** 40), (header, half) => {
        const hash = digestToCheckpointHash(new Uint8Array(32).fill(1))
        const linked = { ...header, removals: [], height: 2 * half + 3, prev: hash, skip: hash }
        expect(createCheckpoint(linked).header).toEqual(linked)
        const other = digestToCheckpointHash(new Uint8Array(32).fill(2))
        expectRefusal(() => createCheckpoint({ ...linked, skip: other }), 'bad-checkpoint')
      }),
    )
  })
})

describe('conservation', () => {
  it('holds when every token is somewhere, and fails by a single one', () => {
    fc.assert(
      fc.property(headers, (header) => {
        expect(isConserved(header)).toBe(true)
        for (const kind of ['balance', 'credit', 'locked', 'stake', 'pending', 'pool', 'burned'] as const) {
          expect(isConserved({ ...header, [kind]: toMicroTokens(header[kind] + 1n) })).toBe(false)
        }
        expect(isConserved({ ...header, minted: toMicroTokens(header.minted + 1n) })).toBe(false)
        expect(isConserved({ ...header, drawn: toMicroTokens(header.drawn + 1n) })).toBe(false)
      }),
    )
  })

  it('lets nothing come into being but what the grants among the facts are worth', () => {
    fc.assert(
      fc.property(headers, fc.array(unchanging, { maxLength: 20 }), (previous, list) => {
        const minted = toMicroTokens(previous.minted + mintedBy(list))
        const removals = withRemovals(previous.removals, removedBy(list), previous.height)
        const header = { ...previous, minted, removals, factsDigest: factsDigest(list) }
        expect(factsMatch(previous, header, list)).toBe(true)
        const more = { ...header, minted: toMicroTokens(minted + 1n) }
        expect(factsMatch(previous, more, list)).toBe(false)
        const otherFacts = {
          ...header,
          factsDigest: factsDigest([{ type: 'remove-authority', authority: 0 }, ...list]),
        }
        expect(factsMatch(previous, otherFacts, list)).toBe(false)
      }),
    )
  })

  it('removes exactly those authorities that the facts state', () => {
    const lists = fc.uniqueArray(fc.nat(MAX_AUTHORITIES - 1))
    fc.assert(
      fc.property(headers, lists, lists, (previous, gone, others) => {
        const stated = gone.map((authority): Fact => ({ type: 'remove-authority', authority }))
        const { height } = previous
        const removals = withRemovals(previous.removals, gone, height)
        const matches = (list: Removals): boolean =>
          factsMatch(previous, { ...previous, removals: list, factsDigest: factsDigest(stated) }, stated)
        expect(matches(removals)).toBe(true)
        const more = withRemovals(removals, others, height)
        expect(matches(more)).toBe(more.length === removals.length)
        if (removals.length > 0) expect(matches(removals.slice(1))).toBe(false)
        const [first, ...rest] = removals
        if (first !== undefined)
          expect(matches([{ ...first, height: first.height + 1 }, ...rest])).toBe(false)
      }),
    )
  })

  it('changes exactly those parameters that the facts state', () => {
    fc.assert(
      fc.property(headers, networkParameters, parameterChanges, (previous, parameters, surplus) => {
        const stated = changesBetween(previous.parameters, parameters).map((change): Fact => ({
          type: 'parameter',
          change,
        }))
        const matches = (list: readonly Fact[], inForce = parameters): boolean =>
          factsMatch(previous, { ...previous, parameters: inForce, factsDigest: factsDigest(list) }, list)
        expect(matches(stated)).toBe(true)
        expect(matches([...stated, { type: 'parameter', change: surplus }])).toBe(false)
        if (stated.length === 0) return
        expect(matches(stated.slice(1))).toBe(false)
        expect(matches(stated, previous.parameters)).toBe(false)
      }),
    )
  })
})
