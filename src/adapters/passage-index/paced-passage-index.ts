import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { LocalIndex } from '../../domain/retrieval/local-index.ts'
import type { PassageIndex } from '../../ports/passage-index.ts'

/** Passages or vectors written before others get their turn: a few milliseconds of work. */
const PASSAGES_AT_ONCE = 16
const VECTORS_AT_ONCE = 1_024

/**
 * A local index as a port, in the calling thread. Long writes are cut into small steps; `nextTurn` resolves once what
 * came in between two of them, searches above all, was done.
 */
export function createPacedPassageIndex(index: LocalIndex, nextTurn: () => Promise<void>): PassageIndex {
  let writing: Promise<unknown> = Promise.resolve()
  let closed = false

  function assertOpen(): void {
    if (closed) throw new LoremeshError('aborted', 'The index was closed')
  }

  /** Queues steps behind those of earlier calls. */
  function write(steps: readonly (() => void)[]): Promise<void> {
    const written = writing.then(async () => {
      for (const [at, step] of steps.entries()) {
        if (at > 0) await nextTurn()
        assertOpen()
        step()
      }
    })
    writing = written.catch(() => undefined)
    return written
  }

  function read<T>(run: () => T): Promise<T> {
    return new Promise((resolve) => {
      assertOpen()
      resolve(run())
    })
  }

  return {
    add: (passages) => write(slices(passages, PASSAGES_AT_ONCE).map((part) => () => index.add(part))),
    setVectors(space, vectors) {
      const parts = slices([...vectors], VECTORS_AT_ONCE)
      return write(parts.map((part) => () => index.setVectors(space, new Map(part))))
    },
    vectorsOf: (space, contextHashes) => read(() => index.vectorsOf(space, contextHashes)),
    forgetSpace: (space) => write([() => index.forgetSpace(space)]),
    remove: (contextHashes) => write([() => index.remove(contextHashes)]),
    markShared: (contextHashes, isShared) => write([() => index.markShared(contextHashes, isShared)]),
    search: (query) => read(() => index.search(query)),
    // Nothing is lost here as long as the thread lives.
    onLost: () => undefined,
    close() {
      closed = true
    },
  }
}

function slices<T>(items: readonly T[], length: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, at) =>
    items.slice(at * length, (at + 1) * length),
  )
}
