import { LoremeshError } from '../kernel/errors.ts'
import type { Checkpoint, CheckpointHash } from './checkpoint.ts'

/** Where a checkpoint stands, which is all that has to be known of an old one. */
export interface CheckpointPlace {
  /** 0 with `NO_CHECKPOINT` for what a network starts from. */
  readonly height: number
  readonly hash: CheckpointHash
}

/**
 * The height to which the skip link of a checkpoint leads: its own with the lowest set bit cleared, 0 for 0. By bigint,
 * because bit operations on numbers end at 32 bits.
 */
export function skipHeight(height: number): number {
  return height === 0 ? 0 : Number(BigInt(height) & BigInt(height - 1))
}

/**
 * Heights of the headers that show that the checkpoint at `newest` follows upon the one at `known`, descending from
 * `newest` to the last one above `known`: at each the skip link where it does not lead below `known`, else the link to
 * the checkpoint before. At most b(b + 1)/2 for heights of b bits: 50 on average for a week of checkpoints, 100 at most.
 */
export function headersBetween(known: number, newest: number): readonly number[] {
  const heights: number[] = []
  for (let height = newest; height > known; height = nextBelow(height, known)) heights.push(height)
  return heights
}

function nextBelow(height: number, known: number): number {
  const skip = skipHeight(height)
  return skip >= known ? skip : height - 1
}

/**
 * Checks that headers as `headersBetween` names them link the first of them, the newest, with a checkpoint that is known.
 * Whether the newest one is final, its certificate says; then all of them are. Throws `bad-checkpoint`.
 */
export function verifySkipChain(headers: readonly Checkpoint[], known: CheckpointPlace): void {
  const heights = headersBetween(known.height, headers[0]?.header.height ?? known.height)
  if (
    headers.length !== heights.length ||
    headers.some(({ header }, index) => header.height !== heights[index])
  ) {
    throw new LoremeshError('bad-checkpoint', 'The headers are not those between two checkpoints')
  }
  headers.forEach(({ header }, index) => {
    const next = headers[index + 1]
    const below = next === undefined ? known : { height: next.header.height, hash: next.hash }
    const link = below.height === header.height - 1 ? header.prev : header.skip
    if (link !== below.hash) {
      throw new LoremeshError('bad-checkpoint', `The checkpoint ${header.height} follows upon another one`)
    }
  })
}
