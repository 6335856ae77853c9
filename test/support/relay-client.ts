import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify, identifyPush } from '@libp2p/identify'
import { FaultTolerance, type Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { parseServerAddress, toLibp2pPeerId } from '../../src/adapters/network-libp2p/addresses.ts'
import {
  createReservations,
  relayTransport,
  RELAY_PROTOCOL,
  type Reservations,
} from '../../src/adapters/network-libp2p/reservations.ts'
import { startServerKeeper } from '../../src/adapters/network-libp2p/server-keeper.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../../src/adapters/system-node/node-randomness.ts'
import { inBatches } from '../../src/protocols/batched-sends.ts'
import { withFrugalWindows } from '../../src/protocols/frugal-windows.ts'
import { closingSockets } from '../../src/protocols/socket-reset.ts'

/** As the product's own options have it. */
const DIAL_TIMEOUT_MS = 4_000
/** As often as a peer asks again for a reservation that it was refused. */
const RETRY_MS = 1_000

/** A client of a relay. */
export interface RelayClient {
  /** Whether others can dial it through the relay now. */
  isReserved(): boolean
  stop(): Promise<void>
}

/**
 * What a relay sees of a peer and no more: a node that dials it over a WebSocket with Noise and Yamux, identifies itself,
 * answers pings, and holds a reservation, which it publishes as its own address. It keeps the connection by the product's
 * own rules (`startServerKeeper`). There is no WebRTC, gossip, DHT, ledger, tracker or library in it: a thousand of them
 * fit beside the relay on one machine, and what is measured is the relay. Resolves once it can be dialled.
 */
export async function startRelayClient(relayAddress: string): Promise<RelayClient> {
  const server = parseServerAddress(relayAddress)
  const clock = createNodeClock()
  const randomness = createNodeRandomness()
  const node = await createNode(randomness.bytes(32))
  const { reservations } = node.services

  function isReserved(): boolean {
    return node.getMultiaddrs().some((address) => address.toString().includes('/p2p-circuit'))
  }

  function reserve(): void {
    if (node.getConnections().length === 0 || reservations.has(server.peerId)) return
    reservations.reserve(toLibp2pPeerId(server.peerId)).catch(() => undefined)
  }

  const reserved = new Promise<void>((resolve) => {
    reservations.onChange(() => {
      reservations.publish(reservations.has(server.peerId) ? [server.peerId] : [])
      if (isReserved()) resolve()
    })
  })
  await node.start()
  await node.register(RELAY_PROTOCOL, { onConnect: reserve })
  const endRetries = clock.every(RETRY_MS, reserve)
  const keeper = startServerKeeper(
    { node, clock, randomness, onChange: () => undefined },
    { servers: [server], dialTimeoutMs: DIAL_TIMEOUT_MS },
  )
  await reserved
  return {
    isReserved,
    async stop() {
      endRetries()
      keeper.stop()
      await node.stop()
    },
  }
}

async function createNode(seed: Uint8Array): Promise<Libp2p<{ readonly reservations: Reservations }>> {
  const node: Libp2p<{ readonly reservations: Reservations }> = await createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', seed),
    addresses: { announceFilter: () => [...node.services.reservations.addresses()] },
    transports: [webSockets(), relayTransport],
    connectionEncrypters: [inBatches(closingSockets(noise()), setImmediate)],
    streamMuxers: [withFrugalWindows(yamux())],
    connectionMonitor: { pingInterval: 30_000, pingTimeout: { minTimeout: 10_000 } },
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping({ maxOutboundStreams: 2 }),
      reservations: createReservations,
    },
  })
  return node
}
