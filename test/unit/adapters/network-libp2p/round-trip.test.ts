import type { Connection } from '@libp2p/interface'
import { expect, it } from 'vitest'
import { measureRoundTrip } from '../../../../src/adapters/network-libp2p/round-trip.ts'
import { createManualClock } from '../../../support/manual-clock.ts'

/** A connection whose stream has closed by the time the ping is to be sent. */
function closedConnection(): Connection {
  const stream = Object.assign(new EventTarget(), {
    send: () => {
      throw new Error('The stream is closed')
    },
    abort: () => stream.dispatchEvent(new Event('close')),
  })
  return { newStream: () => Promise.resolve(stream) } as unknown as Connection
}

it('a connection that closes before the ping is sent fails once, and leaves nothing unhandled', async () => {
  const components = { clock: createManualClock(), randomness: { bytes: (n: number) => new Uint8Array(n) } }
  await expect(measureRoundTrip(closedConnection(), components)).rejects.toThrow('The stream is closed')
})
