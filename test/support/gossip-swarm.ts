import { generateKeyPairSync, sign } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'vitest'
import { createGossipValidator } from '../../signaling/gossip-validator.ts'
import type { RelayNode } from '../../signaling/relay.ts'
import { nodeTransports } from '../../src/adapters/network-libp2p/node-transports.ts'
import { createNode, type PeerNode } from '../../src/adapters/network-libp2p/start-libp2p.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { createMemoryLedgerStore } from '../../src/adapters/storage-memory/memory-ledger-store.ts'
import type { ChoiceRule } from '../../src/domain/gossip/topic-choice.ts'
import type { LedgerTopic } from '../../src/domain/gossip/topics.ts'
import { toAccount, type PeerId } from '../../src/domain/identity/account.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { createWritable } from '../../src/domain/kernel/readable.ts'
import { ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { networkIdOf } from '../../src/domain/ledger/genesis.ts'
import { createForkWatch, type ForkWatch } from '../../src/peer/fork-watch.ts'
import { createGossip, type Gossip } from '../../src/peer/gossip.ts'
import { GOSSIP_TOPICS } from '../../src/protocols/gossip.ts'
import { encodeLedgerGossip } from '../../src/protocols/ledger-gossip.ts'
import { createLedgerListening, type LedgerListening } from '../../src/peer/ledger-listening.ts'
import { genesis } from './ledger.ts'
import { addressOf, startTestPeer, startTestRelay, type TestPeer } from './libp2p-peers.ts'
import { testDht } from './test-dht.ts'

/** An account that signs natively, so that a test can make thousands of entries; another one each time. */
function freshSigner(): Pick<Identity, 'account' | 'sign'> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  return {
    account: toAccount(new Uint8Array(Buffer.from(x, 'base64url'))),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  }
}

/** An entry that nobody has seen before: the first one of an account. */
export function freshEntry(signer = freshSigner(), timestampMs = Date.now()): SignedEntry {
  return signEntry(signer, {
    version: 1,
    network: networkIdOf(genesis),
    account: signer.account,
    seq: 0,
    prev: null,
    balance: ZERO_TOKENS,
    credit: ZERO_TOKENS,
    locked: ZERO_TOKENS,
    stake: ZERO_TOKENS,
    timestampMs,
    checkpoint: 0,
    operation: { type: 'open' },
  })
}

/** A peer that gossips by all the rules over libp2p, and what it heard. */
export interface GossipPeer extends TestPeer {
  readonly gossip: Gossip
  readonly forkWatch: ForkWatch
  /** When each entry was heard, in milliseconds of the monotonic clock. */
  readonly heard: ReadonlyMap<EntryHash, number>
  readonly listening: LedgerListening
  /** The topics of the ledger that it listens to. */
  listened(): ReadonlySet<LedgerTopic>
}

/** A node without rules, connected to the server and to some peers. */
export interface RawGossiper {
  readonly peerId: PeerId
  readonly node: PeerNode
  /** Sends a message on a topic to everybody it is connected to. */
  send(topic: string, message: Uint8Array): Promise<void>
  /** A gossip stream of its own to each of them, for what gossipsub would not send. */
  openGossip(): Promise<readonly Stream[]>
  /** Connects again; false when that is refused. */
  reconnect(): Promise<boolean>
}

function onFailure(error: unknown): void {
  throw error
}

/** Enough for a message to arrive everywhere. */
export const ARRIVAL_MS = 10_000

/** Resolves once what each of them tells reaches all others: until the mesh stands, messages are lost. */
async function untilJoined(peers: readonly GossipPeer[]): Promise<void> {
  for (const peer of peers) {
    const others = peers.filter((other) => other !== peer)
    const told: EntryHash[] = []
    const isJoined = () => told.some((hash) => others.every(({ heard }) => heard.has(hash)))
    const tellUntilJoined = async (): Promise<boolean> => {
      if (isJoined()) return true
      const signed = freshEntry()
      told.push(signed.hash)
      await peer.gossip.announce({ type: 'entry', signed })
      return isJoined()
    }
    await expect.poll(tellUntilJoined, { interval: 100, timeout: ARRIVAL_MS }).toBe(true)
  }
}

/** Starts a server that judges gossip, peers that do, and nodes that don't, and stops all of them with `stopAll`. */
export function createGossipSwarm() {
  const stops: (() => unknown)[] = []
  const clock = createNodeClock()
  const verifier = createWebCryptoSignatureVerifier()
  const swarm = {
    /** A server that tells the frauds that it proves, as authorities do. */
    async startServer(): Promise<RelayNode> {
      const { validate } = createGossipValidator(
        { genesis, verifier, nowMs: () => Date.now() },
        {
          onFraud(fraud, isOwn) {
            if (isOwn) void relay.services.pubsub.publish(GOSSIP_TOPICS.proofs, encodeLedgerGossip(fraud))
          },
        },
      )
      const relay: RelayNode = await startTestRelay(0, validate)
      stops.unshift(() => relay.stop())
      return relay
    },

    /** `rule` says when the peer listens to shards, and so that it chooses its topics at all. */
    async startPeer(server: RelayNode, rule?: ChoiceRule): Promise<GossipPeer> {
      const identity = createIdentity(crypto.getRandomValues(new Uint8Array(32)))
      const heard = new Map<EntryHash, number>()
      const components = {
        identity,
        genesis,
        clock,
        signatureVerifier: verifier,
        ledgerStore: createMemoryLedgerStore(),
        catalogue: { add: () => Promise.resolve(true) },
        contextStore: { getDescriptors: () => Promise.resolve([]) },
      }
      const forkWatch = createForkWatch(components, {
        announce: (news) => void gossip.announce(news).catch(() => undefined),
        onCertified: () => undefined,
        onClaimed: () => undefined,
        onCheckpoint: () => undefined,
        onFailure,
      })
      let topics: ReadonlySet<LedgerTopic> = new Set(['ledger'])
      const listening = createLedgerListening(
        {
          ...components,
          archive: createWritable({ isKept: false }),
          network: {
            listen(chosen) {
              topics = chosen
              peer.network.listen(chosen)
            },
          },
        },
        { onFailure, ...(rule && { rule }) },
      )
      const gossip: Gossip = createGossip({
        ...components,
        forkWatch,
        listening,
        network: { publish: (message) => peer.network.publish(message) },
      })
      const peer: TestPeer = await startTestPeer(identity, addressOf(server), {
        async onGossip(message, from, topic) {
          const verdict = await gossip.judge(message, from, topic)
          if (message.type === 'entry' && verdict === 'accept') {
            heard.set(message.signed.hash, performance.now())
          }
          return verdict
        },
      })
      stops.unshift(() => peer.network.stop())
      if (rule !== undefined) {
        listening.start()
        stops.unshift(listening.stop)
      }
      return { ...peer, gossip, forkWatch, heard, listening, listened: () => topics }
    },

    /** A server, and peers that are linked in a ring and hear one another. */
    async startRing(count: number): Promise<{ server: RelayNode; peers: readonly GossipPeer[] }> {
      const server = await swarm.startServer()
      const peers = await Promise.all(Array.from({ length: count }, () => swarm.startPeer(server)))
      for (const [at, { network }] of peers.entries()) {
        const next = peers[(at + 1) % count]
        if (next !== undefined) await network.connect(next.identity.peerId, [])
      }
      await untilJoined(peers)
      return { server, peers }
    },

    async startRaw(server: RelayNode, others: readonly GossipPeer[] = []): Promise<RawGossiper> {
      const identity = createIdentity(crypto.getRandomValues(new Uint8Array(32)))
      const relay = addressOf(server)
      const node = await createNode(
        { identity, transports: await nodeTransports({ iceServers: [] }) },
        { listen: [`${relay}/p2p-circuit`, '/webrtc'], dialTimeoutMs: 5_000, gater: {}, dht: testDht },
      )
      await node.start()
      stops.unshift(() => node.stop())
      const dial = async () => {
        await node.dial(multiaddr(relay))
        for (const { identity: other } of others) {
          await node.dial(multiaddr(`${relay}/p2p-circuit/webrtc/p2p/${other.peerId}`))
        }
      }
      await dial()
      return {
        peerId: identity.peerId,
        node,
        async send(topic, message) {
          await node.services.pubsub.publish(topic, message)
        },
        openGossip: () =>
          Promise.all(
            node.services.pubsub
              .getPeers()
              .map((peer) => node.dialProtocol(peer, node.services.pubsub.protocols)),
          ),
        reconnect: () =>
          dial().then(
            () => true,
            () => false,
          ),
      }
    },

    async stopAll(): Promise<void> {
      await Promise.all(stops.splice(0).map((stop) => stop()))
    },
  }
  return swarm
}
