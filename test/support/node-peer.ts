import { createTextDocumentParser } from '../../src/adapters/documents-text/text-document-parser.ts'
import { createDirectSplitter } from '../../src/adapters/document-splitter/direct-splitter.ts'
import { openNodeStaticEmbedder } from '../../src/adapters/embedding-static/node-static-embedding.ts'
import {
  fetchNetworkInfoText,
  readNetworkInfo,
} from '../../src/adapters/network-info-http/fetch-network-info.ts'
import type { NetworkLimits } from '../../src/adapters/network-libp2p/limits.ts'
import { nodeTransports } from '../../src/adapters/network-libp2p/node-transports.ts'
import { openLibp2pNetwork } from '../../src/adapters/network-libp2p/open-libp2p-network.ts'
import type { CreateTransports } from '../../src/adapters/network-libp2p/transports.ts'
import { openNodePassageIndex } from '../../src/adapters/passage-index/node-passage-index.ts'
import { createWebCryptoHasher } from '../../src/adapters/webcrypto/webcrypto-hasher.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { createMemoryContextStore } from '../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryIngestQueue } from '../../src/adapters/storage-memory/memory-ingest-queue.ts'
import { createMemoryLedgerArchive } from '../../src/adapters/storage-memory/memory-ledger-archive.ts'
import { createMemoryLedgerStore } from '../../src/adapters/storage-memory/memory-ledger-store.ts'
import { createMemoryKnownPeers } from '../../src/adapters/storage-memory/memory-known-peers.ts'
import { createMemoryQuestionLog } from '../../src/adapters/storage-memory/memory-question-log.ts'
import { openNodeTokenizer } from '../../src/adapters/tokenizer-o200k/node-tokenizer.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../../src/adapters/system-node/node-randomness.ts'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { createPeer, type RunningPeer } from '../../src/peer/create-peer.ts'
import type { Answer, AskOptions, WalletState } from '../../src/peer/peer.ts'
import type { Certifier } from '../../src/ports/certifier.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'
import type { Network } from '../../src/ports/network.ts'
import { encodeInvitation } from '../../src/protocols/invitation.ts'
import type { NetworkInfo } from '../../src/protocols/network-info.ts'
import type { Intercept } from './hub-network.ts'
import { isDialable, until } from './libp2p-peers.ts'
import type { TestServer } from './start-server.ts'
import { valueOf } from './value-of.ts'

/** A whole peer in this process: stores in memory, libp2p with WebRTC, joined to the network of a server process. */
export interface NodePeer {
  readonly identity: Identity
  readonly peer: RunningPeer
  readonly network: Network
  readonly certifier: Certifier
  readonly ledgerStore: LedgerStore
  /** The wallet as it is now. */
  wallet(): WalletState
  /** All tokens of the wallet, those included that are earned but not claimed yet: a claim may come at any time. */
  worth(): bigint
  /** What it has left of its tokens, whether they can be spent now or are reserved for providers. */
  holdings(): bigint
  /** Adds a text, shares it and tells the tracker; gives the document's hash. */
  share(path: string, text: string): Promise<ContextHash>
  /** Asks the network, with at most 20 tokens unless told. */
  ask(question: string, options?: Partial<AskOptions>): Promise<Answer>
  close(): Promise<void>
}

export interface NodePeerOptions {
  /** Changes how the peer answers others. */
  readonly intercept?: Intercept
  readonly limits?: Partial<NetworkLimits>
  readonly transports?: CreateTransports
}

/** What a peer must know to join the network of a server. */
export async function readInfo(server: Pick<TestServer, 'url'>): Promise<NetworkInfo> {
  return readNetworkInfo(await fetchNetworkInfoText(new URL(server.url)))
}

/** An identity that nobody had before. */
export function newIdentity(): Identity {
  return createIdentity(createNodeRandomness().bytes(32))
}

/** Starts a peer; resolves once its account is open and others can dial it. */
export async function startNodePeer(
  server: Pick<TestServer, 'url'>,
  { intercept, limits = {}, transports = nodeTransports }: NodePeerOptions = {},
): Promise<NodePeer> {
  const info = await readInfo(server)
  const identity = newIdentity()
  const system = { clock: createNodeClock(), randomness: createNodeRandomness() }
  const { genesis } = info
  const signatureVerifier = createWebCryptoSignatureVerifier()
  const { network, routing, certifier, standingDirectory } = await openLibp2pNetwork(
    { identity, genesis, verifier: signatureVerifier, transports, ...system },
    {
      bootstrapAddresses: info.bootstrap,
      authorityAddresses: info.authorities,
      trackerPeerIds: info.trackers,
      allowPrivateAddresses: info.allowPrivateAddresses,
      iceServers: info.iceServers,
      limits,
    },
  )
  const ledgerStore = createMemoryLedgerStore()
  const peer = await createPeer({
    identity,
    genesis,
    ...system,
    contextStore: createMemoryContextStore(),
    ingestQueue: createMemoryIngestQueue(),
    ledgerStore,
    questionLog: createMemoryQuestionLog(),
    knownPeers: createMemoryKnownPeers(),
    encodeInvitation: (peers) => encodeInvitation({ network: info, peers }),
    openArchive: createMemoryLedgerArchive,
    embedder: openNodeStaticEmbedder(),
    tokenizer: openNodeTokenizer(),
    openPassageIndex: openNodePassageIndex,
    parser: createTextDocumentParser(),
    splitter: createDirectSplitter(),
    network: {
      ...network,
      start: (handlers) => network.start({ ...handlers, ...intercept?.(handlers, identity) }),
    },
    routing,
    standingDirectory,
    certifier,
    signatureVerifier,
    hasher: createWebCryptoHasher(),
  })
  await Promise.all([peer.whenPrepared(), until(network.state, isDialable)])
  return {
    identity,
    peer,
    network,
    certifier,
    ledgerStore,
    wallet: () => valueOf(peer.wallet),
    worth() {
      const { balance, credit, pendingIn } = valueOf(peer.wallet)
      return balance + credit + pendingIn
    },
    holdings() {
      const { balance, credit, reserved } = valueOf(peer.wallet)
      return balance + credit + reserved
    },
    async share(path, text) {
      const [added] = await peer.library.add([{ path, bytes: textToBytes(text) }])
      if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'The text was not added')
      await peer.library.setVisibility(added.documentHash, 'shared')
      await peer.announce()
      return added.documentHash
    },
    ask: (question, options = {}) =>
      peer.ask(question, { scope: 'network', maxTokenCost: parseTokens('20'), ...options }),
    close: () => peer.close(),
  }
}
