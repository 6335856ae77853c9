import type { Connection } from '@libp2p/interface'
import { PING_PROTOCOL } from '@libp2p/ping'
import { byteStream } from '@libp2p/utils'
import { toLoremeshError } from '../src/domain/kernel/errors.ts'

const PING_BYTES = 32

/** What is used of a libp2p node. */
interface ConnectedNode {
  addEventListener(name: 'connection:open', listener: (event: { readonly detail: Connection }) => void): void
}

/**
 * Pings every new connection each `intervalMs` from its opening on, notes the round trip there as `rtt`, in whole milliseconds,
 * and closes what does not answer within `timeoutMs`. libp2p's own monitor pings all connections at the same moment: a burst
 * of work every ten seconds, which grows with their number.
 */
export function watchConnections(
  node: ConnectedNode,
  { intervalMs, timeoutMs }: { readonly intervalMs: number; readonly timeoutMs: number },
): void {
  node.addEventListener('connection:open', ({ detail: connection }) => {
    const timer = setInterval(() => void check(connection, timeoutMs), intervalMs)
    connection.addEventListener('close', () => clearInterval(timer), { once: true })
  })
}

/** Never rejects. */
async function check(connection: Connection, timeoutMs: number): Promise<void> {
  try {
    await ping(connection, AbortSignal.timeout(timeoutMs))
  } catch (error) {
    // Who does not know pings has answered all the same.
    const hasAnswered = error instanceof Error && error.name === 'UnsupportedProtocolError'
    if (!hasAnswered) connection.abort(toLoremeshError(error))
  }
}

async function ping(connection: Connection, signal: AbortSignal): Promise<void> {
  const stream = await connection.newStream(PING_PROTOCOL, { signal })
  const bytes = byteStream(stream)
  const startMs = performance.now()
  await bytes.write(crypto.getRandomValues(new Uint8Array(PING_BYTES)), { signal })
  await bytes.read({ bytes: PING_BYTES, signal })
  connection.rtt = Math.round(performance.now() - startMs)
  await stream.close({ signal })
}
