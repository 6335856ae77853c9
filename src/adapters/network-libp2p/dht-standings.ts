import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StandingDirectory } from '../../ports/standing-directory.ts'
import { toNetworkError } from './abortable.ts'
import type { DhtService } from './dht-service.ts'
import { standingKey } from './standing-records.ts'

const PUBLISH_MS = 10_000
const FIND_MS = 5_000

/** Standings kept by servers of the DHT, which take none that is not proved. */
export function createDhtStandings(components: {
  readonly self: PeerId
  readonly dht: Pick<DhtService, 'kad' | 'contacts'>
  readonly clock: Pick<Clock, 'deadline'>
}): StandingDirectory {
  const { self, dht, clock } = components

  function assertLinked(): void {
    if (dht.contacts() > 0) return
    throw new LoremeshError('not-connected', 'No server of the DHT is linked', 'Try again in a moment')
  }

  return {
    async publish(standing, signal) {
      assertLinked()
      let keepers = 0
      try {
        const put = dht.kad.put(standingKey(self), standing, { signal: clock.deadline(PUBLISH_MS, signal) })
        for await (const event of put) {
          // A server answers a value with the value once it has it.
          if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') keepers += 1
        }
      } catch (error) {
        if (keepers === 0) throw toNetworkError(error, 'Leaving the standing with the DHT')
      }
      if (keepers > 0) return
      throw new LoremeshError('unavailable', 'No server of the DHT keeps the standing', 'Try again later')
    },
    async find(peerId, signal) {
      assertLinked()
      try {
        const found = dht.kad.get(standingKey(peerId), { signal: clock.deadline(FIND_MS, signal) })
        for await (const event of found) if (event.name === 'VALUE') return event.value
        return undefined
      } catch (error) {
        throw toNetworkError(error, 'Searching the DHT')
      }
    },
  }
}
