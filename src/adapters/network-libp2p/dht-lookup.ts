import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { PeerId } from '../../domain/identity/account.ts'
import { closestTo, placeOf } from '../../domain/network/key-space.ts'
import type { Clock } from '../../ports/clock.ts'
import { contextKey, KAD_BUCKET_SIZE } from '../../protocols/kad.ts'
import type { DhtServer } from './dht-announcer.ts'
import type { DhtClient, FoundProvider } from './dht-client.ts'

/** Servers asked at a time; α of Kademlia. */
const AT_ONCE = 3
/** When a server has not answered by then, another is asked too: it may have left. */
const SLOW_MS = 300

/** Asks servers, closest first, and those that they name, who provides a context. */
export interface DhtLookup {
  /**
   * Gives providers to `found` as servers name them, until it returns true or the linked and the eight closest servers were
   * asked; then nobody else is asked, and it resolves once all answers are there. Linked ones come first: most contexts are
   * known to one of them, those stored before closer servers came, too, and dialling costs more than asking. Throws what
   * the servers failed with if none answered.
   */
  lookUp(
    contextHash: ContextHash,
    found: (providers: readonly FoundProvider[]) => boolean,
    signal: AbortSignal,
  ): Promise<void>
}

/** Creates the look-ups of a peer. */
export function createDhtLookup(components: {
  readonly client: Pick<DhtClient, 'ask' | 'contacts'>
  readonly clock: Pick<Clock, 'sleep'>
}): DhtLookup {
  const { client, clock } = components

  return {
    async lookUp(contextHash, found, signal) {
      const place = placeOf(contextKey(contextHash))
      const linked = client.contacts(place)
      const known = new Map<PeerId, DhtServer>(linked.map((server) => [server.peerId, server]))
      const isLinked = new Set(known.keys())
      const asked = new Set<PeerId>()
      const failures: unknown[] = []
      const search = { answers: 0, isOver: false }

      function next(): DhtServer | undefined {
        const closest = closestTo(place, [...known.values()], KAD_BUCKET_SIZE)
        const open = [...closest, ...linked].filter(({ peerId }) => !asked.has(peerId))
        return open.find(({ peerId }) => isLinked.has(peerId)) ?? open[0]
      }

      async function ask(server: DhtServer): Promise<void> {
        asked.add(server.peerId)
        try {
          const { providers, closer } = await client.ask(server, contextHash, signal)
          search.answers += 1
          for (const other of closer) if (!asked.has(other.peerId)) known.set(other.peerId, other)
          if (found(providers)) search.isOver = true
        } catch (error) {
          failures.push(error)
          // The next closest takes its place among those to ask.
          known.delete(server.peerId)
        }
      }

      const running = new Set<Promise<void>>()
      /** Those of them that are not slow. */
      const awaited = new Set<Promise<void>>()
      for (;;) {
        while (awaited.size < AT_ONCE && !search.isOver && !signal.aborted) {
          const server = next()
          if (server === undefined) break
          const asking = ask(server).finally(() => running.delete(asking))
          running.add(asking)
          const slow = clock.sleep(SLOW_MS, signal).catch(() => undefined)
          const awaiting = Promise.race([asking, slow]).finally(() => awaited.delete(awaiting))
          awaited.add(awaiting)
        }
        if (running.size === 0) break
        await Promise.race(awaited.size > 0 ? awaited : running)
      }
      if (search.answers === 0 && failures.length > 0) throw failures[0]
    },
  }
}
