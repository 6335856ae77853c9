import type { Connection, Stream } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { abortable, toNetworkError } from './abortable.ts'

/** What speaks a protocol over one stream. */
export interface StreamSession {
  readonly isOpen: boolean
  /** Closes the stream as soon as nothing is under way on it. */
  retire(): void
}

/** Keeps one long-lived stream a peer for one protocol: a stream a request is five to ten times slower. */
export interface StreamPool<TSession extends StreamSession> {
  /** The session over the best connection to the peer; throws `not-connected`, `unsupported`, `timeout` or `aborted`. */
  get(peerId: PeerId, signal: AbortSignal): Promise<TSession>
  /** Retires the session of this connection, so that the connection can be closed. */
  retire(connection: Connection): void
}

interface Slot<TSession> {
  readonly connectionId: string
  readonly session: Promise<TSession>
}

/** An empty pool. */
export function createStreamPool<TSession extends StreamSession>(
  components: {
    readonly bestConnection: (peerId: PeerId) => Connection | undefined
    readonly openSession: (stream: Stream) => TSession
    readonly openingDeadline: () => AbortSignal
  },
  { protocol }: { readonly protocol: string },
): StreamPool<TSession> {
  const { bestConnection, openSession, openingDeadline } = components
  const slots = new Map<PeerId, Slot<TSession>>()

  async function open(connection: Connection): Promise<TSession> {
    try {
      const stream = await connection.newStream(protocol, {
        signal: openingDeadline(),
        runOnLimitedConnection: true,
      })
      return openSession(stream)
    } catch (error) {
      throw toNetworkError(error, `Opening ${protocol}`)
    }
  }

  function retireSlot({ session }: Slot<TSession>): void {
    session.then((opened) => opened.retire()).catch(() => undefined)
  }

  return {
    async get(peerId, signal) {
      const connection = bestConnection(peerId)
      if (connection === undefined) {
        throw new LoremeshError('not-connected', `There is no connection to ${peerId}`, 'Connect to it first')
      }
      const slot = slots.get(peerId)
      if (slot?.connectionId === connection.id) {
        const session = await abortable(slot.session, signal)
        if (session.isOpen) return session
      } else if (slot !== undefined) {
        retireSlot(slot)
      }
      if (slots.get(peerId) === slot) {
        const session = open(connection)
        const fresh = { connectionId: connection.id, session }
        slots.set(peerId, fresh)
        session.catch(() => slots.get(peerId) === fresh && slots.delete(peerId))
        return abortable(session, signal)
      }
      // Somebody else has opened a new one meanwhile.
      return this.get(peerId, signal)
    },
    retire(connection) {
      for (const [peerId, slot] of slots) {
        if (slot.connectionId !== connection.id) continue
        slots.delete(peerId)
        retireSlot(slot)
      }
    },
  }
}
