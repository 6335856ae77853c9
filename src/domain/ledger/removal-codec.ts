import type { CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { readInteger, readList, readTuple } from './cbor-fields.ts'
import { MAX_AUTHORITIES } from './genesis.ts'
import type { Removal, Removals } from './removals.ts'

/** CBOR form: [[authority, height]…]. */
export function encodeRemovals(removals: Removals): CborValue {
  return removals.map(({ authority, height }) => [authority, height])
}

/**
 * The removals of a CBOR field in the checkpoint of height `newest`. Throws `bad-encoding`, also for one of no checkpoint up
 * to it, and for authorities in another order.
 */
export function readRemovals(field: CborValue | undefined, newest: number): Removals {
  const removals = readList(field, MAX_AUTHORITIES, 'removals').map((item): Removal => {
    const [authority, height] = readTuple(item, 2, 'removal')
    return {
      authority: readInteger(authority, 'removed authority', MAX_AUTHORITIES - 1),
      height: readInteger(height, 'height of the removal', newest),
    }
  })
  const isRight = removals.every(
    ({ authority, height }, index) => height > 0 && authority > (removals[index - 1]?.authority ?? -1),
  )
  if (!isRight)
    throw new LoremeshError('bad-encoding', 'The removals are not in ascending order, or too early')
  return removals
}
