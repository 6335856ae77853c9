import { nodeTransports } from '../../src/adapters/network-libp2p/node-transports.ts'
import {
  openLibp2pNetwork,
  type Libp2pNetworkOptions,
} from '../../src/adapters/network-libp2p/open-libp2p-network.ts'
import type { CreateTransports } from '../../src/adapters/network-libp2p/transports.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../../src/adapters/system-node/node-randomness.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Readable } from '../../src/domain/kernel/readable.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import type { Certifier } from '../../src/ports/certifier.ts'
import type { ContextRouting } from '../../src/ports/context-routing.ts'
import type { Network, NetworkHandlers, NetworkState } from '../../src/ports/network.ts'
import { startRelay, type RelayNode, type ValidateGossip } from '../../signaling/relay.ts'
import { authority, genesis as testGenesis } from './ledger.ts'

/** A relay on loopback that lets every message pass; port 0 takes a free one. */
export async function startTestRelay(
  port = 0,
  validate: ValidateGossip = () => 'accept',
): Promise<RelayNode> {
  const { node } = await startRelay({ identity: authority, validate }, { host: '127.0.0.1', port })
  return node
}

/** The relay's address, as a peer is configured with it. */
export function addressOf(relay: RelayNode): string {
  const [address] = relay.getMultiaddrs()
  if (address === undefined) throw new Error('The relay does not listen')
  return address.toString()
}

export interface TestPeer {
  readonly identity: Identity
  readonly network: Network
  readonly routing: ContextRouting
  readonly certifier: Certifier
}

/** Handlers that refuse what a test does not expect. */
export function handlers(own: Partial<NetworkHandlers> = {}): NetworkHandlers {
  const refuse = () => Promise.reject(new LoremeshError('unsupported', 'Not in this test'))
  return {
    onSearch: () => Promise.resolve([]),
    onSession: refuse,
    onTake: refuse,
    onVoucher: () => Promise.resolve(),
    onLog: refuse,
    onHolders: () => Promise.resolve([]),
    onAnnounced: () => Promise.resolve([]),
    onDescriptors: () => Promise.resolve([]),
    onGossip: () => 'accept',
    onLinkOpened: () => undefined,
    ...own,
  }
}

export type TestPeerOptions = Partial<Libp2pNetworkOptions> & {
  readonly transports?: CreateTransports
  /** The network's genesis, if not that of all tests. */
  readonly genesis?: Genesis
}

/** A peer in this process that speaks WebRTC through node-datachannel; resolves once it can be dialled. */
export async function startTestPeer(
  identity: Identity,
  bootstrapAddress: string,
  own: Partial<NetworkHandlers> = {},
  { transports = nodeTransports, genesis = testGenesis, ...options }: TestPeerOptions = {},
): Promise<TestPeer> {
  const opened = await openLibp2pNetwork(
    {
      identity,
      clock: createNodeClock(),
      randomness: createNodeRandomness(),
      genesis,
      verifier: createWebCryptoSignatureVerifier(),
      transports,
    },
    {
      bootstrapAddresses: [bootstrapAddress],
      authorityAddresses: [bootstrapAddress],
      trackerPeerIds: [authority.peerId],
      allowPrivateAddresses: true,
      iceServers: [],
      ...options,
    },
  )
  await opened.network.start(handlers(own))
  await until(opened.network.state, isDialable)
  return { identity, ...opened }
}

/** True once others can reach the peer through the relay. */
export function isDialable(state: NetworkState): boolean {
  return state.addresses.some((address) => address.includes('/p2p-circuit'))
}

/** The first value that fits. */
export function until<T>(readable: Readable<T>, fits: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    let found = false
    const stop: () => void = readable.subscribe((value) => {
      if (found || !fits(value)) return
      found = true
      resolve(value)
      // `subscribe` calls back before it returns.
      queueMicrotask(() => stop())
    })
  })
}

/** Starts relays and peers and stops all of them with `stopAll`. */
export function createTestBed() {
  const running: (() => Promise<unknown>)[] = []
  return {
    async startRelay(port?: number): Promise<RelayNode> {
      const relay = await startTestRelay(port)
      running.push(() => Promise.resolve(relay.stop()))
      return relay
    },
    async startPeer(...parameters: Parameters<typeof startTestPeer>): Promise<TestPeer> {
      const peer = await startTestPeer(...parameters)
      running.push(() => peer.network.stop())
      return peer
    },
    async stopAll(): Promise<void> {
      await Promise.all(running.splice(0).map((stop) => stop()))
    },
  }
}
