import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCheckpoint } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import {
  digestToCheckpointHash,
  NO_CHECKPOINT,
  type Checkpoint,
  type CheckpointHeader,
} from '../../../../src/domain/ledger/checkpoint.ts'
import {
  headersBetween,
  skipHeight,
  verifySkipChain,
  type CheckpointPlace,
} from '../../../../src/domain/ledger/skip-links.ts'
import { headers as anyHeaders } from '../../../support/checkpoint-arbitraries.ts'
import { expectRefusal } from '../../../support/ledger.ts'

const template = sampleHeader()

function sampleHeader(): CheckpointHeader {
  const [header] = fc.sample(anyHeaders, { seed: 1, numRuns: 1 })
  if (header === undefined) throw new Error('There is no sample')
  return header
}

/** A hash that leads nowhere. */
const elsewhere = digestToCheckpointHash(new Uint8Array(32).fill(7))

/** Headers that link a new checkpoint with a known one, newest first, and where the known one stands. */
function chainOf(knownHeight: number, newest: number): { headers: Checkpoint[]; known: CheckpointPlace } {
  const known = { height: knownHeight, hash: knownHeight === 0 ? NO_CHECKPOINT : elsewhere }
  const headers: Checkpoint[] = []
  for (const height of headersBetween(knownHeight, newest).toReversed()) {
    const below = headers[0] ?? { header: known, hash: known.hash }
    const linkTo = (target: number) =>
      target === 0 ? NO_CHECKPOINT : target === below.header.height ? below.hash : elsewhere
    const links = { prev: linkTo(height - 1), skip: linkTo(skipHeight(height)) }
    headers.unshift(createCheckpoint({ ...template, removals: [], height, ...links }))
  }
  return { headers, known }
}

const maxHeight = 2 ** 40
/** A known height and a newer one. */
const spans = fc
  .tuple(
    fc.integer({ min: 0, max: maxHeight }),
    fc.oneof(fc.nat(2_000), fc.integer({ min: 0, max: maxHeight })),
  )
  .map(([known, gap]) => [known, known + gap + 1] as const)

/** Bits of a positive integer. */
function bitsOf(height: number): number {
  return height.toString(2).length
}

describe('skip links', () => {
  it.each([
    [0, 0],
    [1, 0],
    [6, 4],
    [7, 6],
    [8, 0],
    [12, 8],
    [2 ** 31 + 2 ** 30, 2 ** 31],
    [2 ** 32 + 1, 2 ** 32],
    [2 ** 52 + 2 ** 33, 2 ** 52],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1],
  ])('lead from %i to %i', (height, skipped) => {
    expect(skipHeight(height)).toBe(skipped)
  })

  it('make every checkpoint reach an older one in a number of steps that grows with the square of the logarithm', () => {
    fc.assert(
      fc.property(spans, ([known, newest]) => {
        const heights = headersBetween(known, newest)
        const bits = bitsOf(newest)
        expect(heights[0]).toBe(newest)
        expect(heights.length).toBeLessThanOrEqual((bits * (bits + 1)) / 2)
        heights.forEach((height, index) => {
          const below = heights[index + 1] ?? known
          expect(below).toBeLessThan(height)
          expect([height - 1, skipHeight(height)]).toContain(below)
        })
      }),
    )
  })

  it('need one step less for each set bit on the way to the beginning', () => {
    expect(headersBetween(0, 0b1011)).toEqual([0b1011, 0b1010, 0b1000])
    expect(headersBetween(5, 8)).toEqual([8, 7, 6])
    expect(headersBetween(8, 8)).toEqual([])
    expect(headersBetween(9, 8)).toEqual([])
    expect(headersBetween(0, 2 ** 52)).toEqual([2 ** 52])
  })
})

describe('a chain of headers', () => {
  it('shows that a new checkpoint follows upon a known one', () => {
    fc.assert(
      fc.property(spans, ([known, newest]) => {
        const chain = chainOf(known, newest)
        verifySkipChain(chain.headers, chain.known)
      }),
      { numRuns: 30 },
    )
    verifySkipChain([], { height: 5, hash: elsewhere })
  })

  it('is refused when it leads to another checkpoint of that height', () => {
    fc.assert(
      fc.property(spans, ([known, newest]) => {
        const { headers } = chainOf(known, newest)
        const other = { height: known, hash: digestToCheckpointHash(new Uint8Array(32).fill(8)) }
        expectRefusal(() => verifySkipChain(headers, other), 'bad-checkpoint')
      }),
      { numRuns: 30 },
    )
  })

  it('is refused when any header is another one, missing, doubled or out of place', () => {
    fc.assert(
      fc.property(spans, fc.nat(), ([knownHeight, newest], pick) => {
        const { headers, known } = chainOf(knownHeight, newest)
        const index = pick % headers.length
        const chosen = headers[index]
        if (chosen === undefined) return
        const { header } = chosen
        const forged = createCheckpoint({ ...header, timeMs: header.timeMs === 0 ? 1 : 0 })
        // What the newest one says is its certificate's business, and without it the chain is that of an older one.
        if (index > 0) {
          expectRefusal(() => verifySkipChain(headers.with(index, forged), known), 'bad-checkpoint')
          expectRefusal(() => verifySkipChain(headers.toSpliced(index, 1), known), 'bad-checkpoint')
        }
        expectRefusal(() => verifySkipChain(headers.toSpliced(index, 0, chosen), known), 'bad-checkpoint')
        if (headers.length > 1) {
          expectRefusal(() => verifySkipChain(headers.toReversed(), known), 'bad-checkpoint')
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is refused when it ends below what is known', () => {
    const { headers } = chainOf(3, 6)
    expectRefusal(() => verifySkipChain(headers, { height: 7, hash: elsewhere }), 'bad-checkpoint')
    expectRefusal(() => verifySkipChain(headers, { height: 6, hash: elsewhere }), 'bad-checkpoint')
  })
})
