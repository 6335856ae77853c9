import { toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { measureRoundTrip } from './round-trip.ts'
import type { PeerNode } from './start-libp2p.ts'

/**
 * Pings every connection once and closes those that don't answer: after a sleep of the device, a connection can look open
 * long after its other end has gone. Resolves when all have answered or are closed.
 */
export async function closeSilentConnections(
  node: Pick<PeerNode, 'getConnections'>,
  components: { readonly clock: Pick<Clock, 'monotonicMs' | 'deadline'>; readonly randomness: Randomness },
): Promise<void> {
  await Promise.all(
    node
      .getConnections()
      .map((connection) =>
        measureRoundTrip(connection, components).catch((error: unknown) =>
          connection.abort(toLoremeshError(error)),
        ),
      ),
  )
}
