import type { ContextHash } from '../domain/content/context-hash.ts'
import type { QuantizedVector, SpaceId } from '../domain/retrieval/embedding.ts'
import type { Hit } from '../domain/retrieval/fusion.ts'
import type { PassageQuery } from '../domain/retrieval/local-index.ts'
import type { IndexedText } from '../domain/retrieval/word-index.ts'

/**
 * Passages, searchable by words and by vectors of any number of spaces; those of different spaces are never compared.
 * What is written is written in the order of the calls, a little at a time: a search does not wait for what was called
 * before it, and finds what has been written so far. Calls throw `aborted` once the index is closed, and `not-ready` when
 * what holds the passages breaks down while they run: it is empty then, and can be filled again.
 */
export interface PassageIndex {
  /** Adds passages; one that is there already is replaced, and keeps its vectors and whether it is shared. */
  add(passages: readonly IndexedText[]): Promise<void>
  /**
   * Adds vectors of one space, in place of earlier ones; throws `bad-input` for one of another space or length, and
   * `storage-full` when there is no memory for more. Those of passages that are not there are ignored.
   */
  setVectors(space: SpaceId, vectors: ReadonlyMap<ContextHash, QuantizedVector>): Promise<void>
  /** Vectors of a space, as far as these passages have any. */
  vectorsOf(
    space: SpaceId,
    contextHashes: readonly ContextHash[],
  ): Promise<ReadonlyMap<ContextHash, QuantizedVector>>
  /** Forgets all vectors of a space. */
  forgetSpace(space: SpaceId): Promise<void>
  remove(contextHashes: readonly ContextHash[]): Promise<void>
  /** Says whether passages are shared; new ones are not. */
  markShared(contextHashes: readonly ContextHash[], isShared: boolean): Promise<void>
  /** The best passages, best first. */
  search(query: PassageQuery): Promise<readonly Hit[]>
  /** Calls `refill` whenever everything that was written is lost, before the calls that ran then throw. */
  onLost(refill: () => void): void
  close(): void
}
