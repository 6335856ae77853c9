import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createLedgerCertifier } from '../../src/adapters/network-libp2p/ledger-certifier.ts'
import { nodeTransports } from '../../src/adapters/network-libp2p/node-transports.ts'
import { openRequester } from '../../src/adapters/network-libp2p/requester.ts'
import { createNode, type PeerNode } from '../../src/adapters/network-libp2p/start-libp2p.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import { collectEntry, openEntry } from '../../src/domain/ledger/entry-builders.ts'
import { encodeCertificate } from '../../src/domain/ledger/certificate.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { createLedgerView, type LedgerView } from '../../src/peer/ledger-view.ts'
import type { Certifier } from '../../src/ports/certifier.ts'
import { createFrameDecoder } from '../../src/protocols/framing.ts'
import { MAX_LEDGER_ANSWER_BYTES } from '../../src/protocols/ledger-replies.ts'
import { LEDGER_PROTOCOL } from '../../src/protocols/ledger.ts'
import type { NetworkInfo } from '../../src/protocols/network-info.ts'
import { firstGrant } from './ledger.ts'
import { newIdentity, readInfo } from './node-peer.ts'
import type { TestServer } from './start-server.ts'
import { testDht } from './test-dht.ts'

const MAX_FRAME_BYTES = 1_048_576
const ANSWER_TIMEOUT_MS = 20_000

/** A libp2p node of the network that keeps to no protocol of Loremesh by itself: what it sends is up to the test. */
export interface RawPeer {
  readonly identity: Identity
  readonly info: NetworkInfo
  readonly node: PeerNode
  /** The authority, for entries made by hand. */
  readonly certifier: Certifier
  /** What entries made by hand are dated and judged by. */
  readonly view: LedgerView
  /** A stream to a peer, over WebRTC, or to the server. */
  open(peerId: PeerId, protocol: string): Promise<RawStream>
  /** One request to the server and its answer's body; throws what it refuses with. */
  askServer(protocol: string, body: Uint8Array): Promise<Uint8Array>
  /** Opens the account and collects the starter grant; gives the certified state. */
  openAccount(): Promise<AccountState>
  /** The certified state of the own account. */
  state(): Promise<AccountState>
  /** Signs an own entry and has it certified. */
  write(entry: Entry): Promise<CertifiedWrite>
  stop(): Promise<void>
}

/** An own entry with the certificate's bytes. */
interface CertifiedWrite {
  readonly signed: SignedEntry
  readonly certificateWire: Uint8Array
}

/** A stream whose bytes are written by hand and whose frames are read one by one. */
export interface RawStream {
  send(...bytes: readonly Uint8Array[]): void
  /** The body of the next frame; undefined once the other side has ended the stream. */
  next(): Promise<Uint8Array | undefined>
  close(): Promise<void>
}

/** Starts a raw peer; resolves once it is connected to the server and others can dial it. */
export async function startRawPeer(server: Pick<TestServer, 'url'>): Promise<RawPeer> {
  const info = await readInfo(server)
  const identity = newIdentity()
  const view = createLedgerView({ genesis: info.genesis, clock: createNodeClock() })
  const [relay] = info.bootstrap
  const [tracker] = info.trackers
  if (relay === undefined || tracker === undefined) throw new Error('The server names no relay or tracker')
  const node = await createNode(
    { identity, transports: await nodeTransports({ iceServers: info.iceServers }) },
    {
      listen: [`${relay}/p2p-circuit`, '/webrtc'],
      dialTimeoutMs: 10_000,
      gater: { denyDialMultiaddr: () => false },
      dht: testDht,
    },
  )
  await node.start()
  const serverConnection = await node.dial(multiaddr(relay))

  async function askServer(protocol: string, body: Uint8Array): Promise<Uint8Array> {
    const stream = await serverConnection.newStream(protocol)
    try {
      const requester = openRequester(stream, MAX_LEDGER_ANSWER_BYTES)
      return await requester.request(body, AbortSignal.timeout(ANSWER_TIMEOUT_MS))
    } finally {
      await stream.close()
    }
  }

  const certifier = createLedgerCertifier(
    {
      ask: (_authority, body) => askServer(LEDGER_PROTOCOL, body),
      account: identity.account,
      genesis: info.genesis,
      verifier: createWebCryptoSignatureVerifier(),
    },
    { authorities: [tracker] },
  )

  async function state(): Promise<AccountState> {
    const { certified } = await certifier.head(identity.peerId, 0)
    if (certified === undefined) throw new Error('The account is not open')
    return certified.state
  }

  async function write(entry: Entry): Promise<CertifiedWrite> {
    const signed = signEntry(identity, entry)
    return { signed, certificateWire: encodeCertificate(await certifier.certify(signed)) }
  }

  return {
    identity,
    info,
    node,
    certifier,
    view,
    askServer,
    state,
    write,
    async open(peerId, protocol) {
      const address = peerId === tracker ? relay : `${relay}/p2p-circuit/webrtc/p2p/${peerId}`
      return toRawStream(await node.dialProtocol(multiaddr(address), protocol))
    },
    async openAccount() {
      await write(openEntry(identity.account, view.moment(), view.lookup()))
      const grant = await certifier.requestStarterGrant(firstGrant(info.genesis))
      await write(collectEntry(await state(), grant, view.moment(), view.lookup()))
      return state()
    },
    stop: async () => node.stop(),
  }
}

/** Reads and writes a stream by hand. */
function toRawStream(stream: Stream): RawStream {
  const frames = framesOf(stream)
  return {
    send: (...bytes) => bytes.forEach((part) => stream.send(part)),
    async next() {
      const frame: IteratorResult<Uint8Array, undefined> = await withinTime(frames.next())
      return frame.value
    },
    close: () => stream.close(),
  }
}

async function* framesOf(stream: Stream): AsyncGenerator<Uint8Array, undefined> {
  const decoder = createFrameDecoder(MAX_FRAME_BYTES)
  try {
    for await (const chunk of stream) {
      for (const frame of decoder.push(chunk.subarray())) yield frame.slice()
    }
  } catch {
    // A reset ends the stream as well.
  }
  return undefined
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  return Promise.race([
    promise,
    new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('No message came in time'))),
    ),
  ])
}
