import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { parseHeader } from '../../src/domain/ledger/checkpoint-codec.ts'
import type { Checkpoint } from '../../src/domain/ledger/checkpoint.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { createBoundedMap } from '../authority/bounded-map.ts'

/** Headers that are remembered, of some 300 bytes each: about three days at one each 30 s. */
const MAX_HEADERS = 8_192

/** Headers of final checkpoints, which never change. */
export interface StoredHeaders {
  /** Those of some heights above 0. Throws `not-found` for one that is not known. */
  read(heights: Iterable<number>): Promise<ReadonlyMap<number, Checkpoint>>
}

/** The headers that a store has. */
export function createStoredHeaders({ home }: Pick<AuthorityStore, 'home'>): StoredHeaders {
  const remembered = createBoundedMap<number, Checkpoint>(MAX_HEADERS)

  async function load(heights: readonly number[]): Promise<readonly Checkpoint[]> {
    if (heights.length === 0) return []
    const stored = await home.transaction(async (transaction) => {
      const headers: (Uint8Array | undefined)[] = []
      for (const height of heights) headers.push((await transaction.checkpoint(height))?.header)
      return headers
    })
    return stored.map((header, index) => {
      if (header !== undefined) return parseHeader(header)
      throw new LoremeshError('not-found', `Checkpoint ${heights[index] ?? 0} is not known here`)
    })
  }

  return {
    async read(heights) {
      const wanted = [...new Set(heights)]
      const found = new Map<number, Checkpoint>()
      for (const height of wanted) {
        const known = remembered.get(height)
        if (known !== undefined) found.set(height, known)
      }
      for (const checkpoint of await load(wanted.filter((height) => !found.has(height)))) {
        remembered.set(checkpoint.header.height, checkpoint)
        found.set(checkpoint.header.height, checkpoint)
      }
      return found
    },
  }
}
