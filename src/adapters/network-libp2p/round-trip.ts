import type { Connection } from '@libp2p/interface'
import { PING_PROTOCOL } from '@libp2p/ping'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { abortable } from './abortable.ts'

const PING_BYTES = 32
const PING_TIMEOUT_MS = 5_000

/**
 * Measures the round trip of a connection with one ping and notes it there as `rtt`, in milliseconds. libp2p does so
 * only every thirty seconds, counted from its start. Throws `timeout` or `not-connected`.
 */
export async function measureRoundTrip(
  connection: Connection,
  components: { readonly clock: Pick<Clock, 'monotonicMs' | 'deadline'>; readonly randomness: Randomness },
  timeoutMs = PING_TIMEOUT_MS,
): Promise<void> {
  const { clock, randomness } = components
  const signal = clock.deadline(timeoutMs)
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true })
  try {
    const startMs = clock.monotonicMs()
    const echoed = new Promise<void>((resolve, reject) => {
      let missing = PING_BYTES
      stream.addEventListener('message', ({ data }) => {
        missing -= data.byteLength
        if (missing <= 0) resolve()
      })
      stream.addEventListener('close', () =>
        reject(new LoremeshError('not-connected', 'The peer closed the ping')),
      )
      // In here, so that a stream that has closed meanwhile leaves no rejection that nobody waits for.
      stream.send(randomness.bytes(PING_BYTES))
    })
    await abortable(echoed, signal)
    connection.rtt = clock.monotonicMs() - startMs
    await stream.close({ signal })
  } catch (error) {
    stream.abort(toLoremeshError(error))
    throw error
  }
}
