import type { Connection, Transport } from '@libp2p/interface'
import { nodeTransports } from '../../src/adapters/network-libp2p/node-transports.ts'
import type { CreateTransports } from '../../src/adapters/network-libp2p/transports.ts'

/** A network that can fall into two halves. */
export interface SplitNetwork {
  /** Transports of a peer of this process in one of the halves. */
  transportsOf(half: 0 | 1): CreateTransports
  /** Says in which half a peer or server is; whoever was not placed is reached from both. */
  place(peerId: string, half: 0 | 1): void
  /** Cuts every connection between the halves, and lets nobody dial from one into the other. */
  split(): void
  heal(): void
}

/** A network in one piece. */
export function createSplitNetwork(): SplitNetwork {
  const places = new Map<string, 0 | 1>()
  const dialled = new Map<Connection, 0 | 1>()
  let isSplit = false

  /** Every node on the way has to be in the half of who dials, the relay as well as the peer. */
  function leadsAcross(address: { toString(): string }, half: 0 | 1): boolean {
    const nodes = address.toString().matchAll(/\/p2p\/(\w+)/g)
    return [...nodes].some(([, id = '']) => (places.get(id) ?? half) !== half)
  }

  /** The transport itself, which libp2p tells by its symbols, with another `dial`. */
  function withSplit(transport: Transport, half: 0 | 1): Transport {
    const dial = transport.dial.bind(transport)
    return Object.assign(transport, {
      dial: async (...[address, options]: Parameters<Transport['dial']>) => {
        if (isSplit && leadsAcross(address, half)) throw new Error('The network is split')
        const connection = await dial(address, options)
        dialled.set(connection, half)
        connection.addEventListener('close', () => dialled.delete(connection), { once: true })
        return connection
      },
    })
  }

  return {
    transportsOf: (half) => async (options) => {
      const transports = await nodeTransports(options)
      return {
        ...transports,
        factories: transports.factories.map((create) => (components) => withSplit(create(components), half)),
      }
    },
    place: (peerId, half) => void places.set(peerId, half),
    split() {
      isSplit = true
      for (const [connection, half] of dialled) {
        const peer = `/p2p/${connection.remotePeer.toString()}`
        if (leadsAcross(`${connection.remoteAddr.toString()}${peer}`, half)) {
          connection.abort(new Error('The network is split'))
        }
      }
    },
    heal() {
      isSplit = false
    },
  }
}
