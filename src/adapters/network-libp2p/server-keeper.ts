import type { Connection } from '@libp2p/interface'
import type { Clock } from '../../ports/clock.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { toNetworkError } from './abortable.ts'
import type { ServerAddress } from './addresses.ts'
import type { PeerNode } from './start-libp2p.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/** How it stands with one server. */
export interface ServerStatus {
  readonly server: ServerAddress
  /** When it became unreachable; undefined while it is connected or was not tried yet. */
  readonly unreachableSinceMs: number | undefined
  /** Why the last attempt failed; empty while there was none. */
  readonly lastFailure: string
}

/** Keeps the connections to the servers. */
export interface ServerKeeper {
  /** In the order of the servers. */
  status(): readonly ServerStatus[]
  /** Dials those that are away without further waiting. */
  hurry(): void
  stop(): void
}

/**
 * Dials each server and dials it again whenever its connection closes, with a growing and jittered pause: libp2p itself
 * does not come back to a server that went away. A relay's reservation follows from the connection.
 */
export function startServerKeeper(
  components: {
    readonly node: Pick<PeerNode, 'dial'>
    readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'deadline' | 'abortable'>
    readonly randomness: Randomness
    readonly onChange: () => void
  },
  options: { readonly servers: readonly ServerAddress[]; readonly dialTimeoutMs: number },
): ServerKeeper {
  const { node, clock, randomness, onChange } = components
  const stopped = new AbortController()
  /** Ends the pauses that are under way. */
  const pauses = new Set<() => void>()
  const statuses = options.servers.map((server): ServerStatus => ({
    server,
    unreachableSinceMs: undefined,
    lastFailure: '',
  }))

  function change(index: number, to: Omit<ServerStatus, 'server'>): void {
    const status = statuses[index]
    if (status === undefined || stopped.signal.aborted) return
    statuses[index] = { ...status, ...to }
    onChange()
  }

  async function keep({ address }: ServerAddress, index: number): Promise<void> {
    let waitMs = FIRST_WAIT_MS
    while (!stopped.signal.aborted) {
      try {
        const connection = await node.dial(address, {
          signal: clock.deadline(options.dialTimeoutMs, stopped.signal),
        })
        waitMs = FIRST_WAIT_MS
        change(index, { unreachableSinceMs: undefined, lastFailure: '' })
        await closed(connection)
        change(index, { unreachableSinceMs: clock.nowMs(), lastFailure: 'it closed the connection' })
      } catch (error) {
        change(index, {
          unreachableSinceMs: statuses[index]?.unreachableSinceMs ?? clock.nowMs(),
          lastFailure: toNetworkError(error, 'Dialling it').message,
        })
      }
      await pause(jitter(waitMs))
      waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)
    }
  }

  async function pause(ms: number): Promise<void> {
    const { signal, abort } = clock.abortable(stopped.signal)
    pauses.add(abort)
    await clock.sleep(ms, signal).catch(() => undefined)
    pauses.delete(abort)
  }

  /** Half to the whole of `ms`, so that not every peer comes back at once. */
  function jitter(ms: number): number {
    const [byte = 0] = randomness.bytes(1)
    return ms / 2 + (ms / 2) * (byte / 255)
  }

  options.servers.forEach((server, index) => void keep(server, index))
  return {
    status: () => statuses,
    hurry: () => pauses.forEach((end) => end()),
    stop: () => stopped.abort(),
  }
}

function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.addEventListener('close', () => resolve(), { once: true })
    if (connection.status !== 'open') resolve()
  })
}
