import { setTimeout as pause } from 'node:timers/promises'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { openRequester } from '../../src/adapters/network-libp2p/requester.ts'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { digestOfSet } from '../../src/domain/tracker/set-digest.ts'
import {
  encodeTrackerRequest,
  MAX_TRACKER_ANSWER_BYTES,
  parseAnnounceReply,
  TRACKER_PROTOCOL,
} from '../../src/protocols/tracker.ts'
import { startForwarder } from './forwarder.ts'
import { readInfo } from './node-peer.ts'
import type { TestServer } from './start-server.ts'

const ANSWER_TIMEOUT_MS = 10_000
const SIZE_BYTES = 400

/** Many keys of one attacker. */
export interface SybilCrowd {
  /** Those that the tracker took. */
  readonly joined: number
  stop(): Promise<void>
}

/**
 * Lets so many keys join a server that trusts its proxy, all of them from the /24 of `network`, `perSecond` a second. Each
 * tells the tracker that it has the contexts, and stays; none has them.
 */
export async function startSybils(
  server: Pick<TestServer, 'url'>,
  options: {
    readonly count: number
    readonly perSecond: number
    /** The first three numbers of an IPv4 address. */
    readonly network: string
    readonly contexts: readonly ContextHash[]
  },
): Promise<SybilCrowd> {
  const { trackers } = await readInfo(server)
  const addressOf = (connection: number) => `${options.network}.${1 + (connection % 250)}`
  const forwarder = await startForwarder(Number(new URL(server.url).port), addressOf)
  const address = multiaddr(`/ip4/127.0.0.1/tcp/${forwarder.port}/ws/p2p/${trackers[0] ?? ''}`)
  const nodes: Libp2p[] = []
  let joined = 0

  async function join(): Promise<void> {
    const node = await createLibp2p({
      privateKey: await generateKeyPairFromSeed('Ed25519', crypto.getRandomValues(new Uint8Array(32))),
      transports: [webSockets()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionGater: { denyDialMultiaddr: () => false },
    })
    nodes.push(node)
    const stream = await node.dialProtocol(address, TRACKER_PROTOCOL)
    const request = encodeTrackerRequest({
      type: 'announce',
      reset: true,
      added: options.contexts.map((contextHash) => ({ contextHash, sizeBytes: SIZE_BYTES })),
      removed: [],
      digest: digestOfSet(options.contexts),
      addresses: [],
    })
    const requester = openRequester(stream, MAX_TRACKER_ANSWER_BYTES)
    parseAnnounceReply(await requester.request(request, AbortSignal.timeout(ANSWER_TIMEOUT_MS)))
    joined += 1
  }

  const joins: Promise<unknown>[] = []
  const startedMs = performance.now()
  for (let n = 0; n < options.count; n++) {
    // Whoever is refused has not joined.
    joins.push(join().catch(() => undefined))
    await pause(Math.max(0, startedMs + ((n + 1) * 1_000) / options.perSecond - performance.now()))
  }
  await Promise.all(joins)
  return {
    get joined() {
      return joined
    },
    async stop() {
      await Promise.all(nodes.map(async (node) => node.stop()))
      await forwarder.stop()
    },
  }
}
