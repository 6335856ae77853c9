import { openNodeStaticEmbedder } from '../../src/adapters/embedding-static/node-static-embedding.ts'
import { createTextDocumentParser } from '../../src/adapters/documents-text/text-document-parser.ts'
import { createWebCryptoHasher } from '../../src/adapters/webcrypto/webcrypto-hasher.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { createMemoryContextStore } from '../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryLedgerStore } from '../../src/adapters/storage-memory/memory-ledger-store.ts'
import { peerIdToAccount, type PeerId } from '../../src/domain/identity/account.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { LoremeshError, toLoremeshError } from '../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { createWritable } from '../../src/domain/kernel/readable.ts'
import { createCertificate } from '../../src/domain/ledger/certificate.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { createPeer, type PeerOptions, type RunningPeer } from '../../src/peer/create-peer.ts'
import type { Certifier } from '../../src/ports/certifier.ts'
import type { ContextRouting, SharedContext } from '../../src/ports/context-routing.ts'
import type { ContextStore } from '../../src/ports/context-store.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'
import type { Network, NetworkHandlers, NetworkState, PeerLink, Refusal } from '../../src/ports/network.ts'
import { createAuthority, type Authority } from '../../signaling/authority.ts'
import { openAuthorityStore } from '../../signaling/authority-store.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

/** Peers in one process: real peers and a real authority, with calls in the place of a network. */
export interface PeerHub {
  readonly clock: ManualClock
  readonly genesis: Genesis
  readonly authority: Authority
  /** While false, no authority answers. */
  authorityReachable: boolean
  /** Entries are certified once this has resolved. */
  beforeCertifying: () => Promise<void>
  /** A running peer; `intercept` may change how it answers others. */
  addPeer(options?: PeerOptions & { readonly intercept?: Intercept }): Promise<HubPeer>
  /** What a peer announced last. */
  announcedBy(peerId: PeerId): readonly SharedContext[]
  close(): Promise<void>
}

export interface HubPeer {
  readonly identity: Identity
  readonly peer: RunningPeer
  readonly ledgerStore: LedgerStore
  readonly contextStore: ContextStore
}

/** Wraps a peer's handlers, to make it answer as an honest peer would not. */
export type Intercept = (handlers: NetworkHandlers, identity: Identity) => Partial<NetworkHandlers>

/** Starts a hub with an authority of its own. `genesis` overrides the usual parameters. */
export function createPeerHub(
  genesisPart: Partial<Pick<Genesis, 'starterGrant' | 'paymentWindowMs'>> = {},
): PeerHub {
  const clock = createManualClock()
  const authorityIdentity = createIdentity(seedOf(0))
  const genesis: Genesis = {
    name: 'test',
    createdAtMs: 1,
    authorities: [authorityIdentity.account],
    starterGrant: toMicroTokens(1_000_000_000n),
    pricePerKb: toMicroTokens(2_000_000n),
    paymentWindowMs: 300_000,
    ...genesisPart,
  }
  const store = openAuthorityStore(':memory:')
  const authority = createAuthority({ store, identity: authorityIdentity, genesis, clock })
  const members = new Map<PeerId, { handlers: NetworkHandlers; shared: readonly SharedContext[] }>()
  const peers: RunningPeer[] = []
  let made = 0

  const hub: PeerHub = {
    clock,
    genesis,
    authority,
    authorityReachable: true,
    beforeCertifying: () => Promise.resolve(),
    async addPeer({ intercept, ...options } = {}) {
      made += 1
      const identity = createIdentity(seedOf(made))
      const ledgerStore = createMemoryLedgerStore()
      const contextStore = createMemoryContextStore()
      let nonce = 0
      const peer = await createPeer(
        {
          identity,
          genesis,
          clock,
          randomness: { bytes: (length) => seedOf(made * 1_000_000 + nonce++).slice(0, length) },
          contextStore,
          ledgerStore,
          embedder: openNodeStaticEmbedder(),
          parser: createTextDocumentParser(),
          network: createHubNetwork(identity, intercept),
          routing: createHubRouting(identity.peerId),
          certifier: createHubCertifier(identity),
          signatureVerifier: createWebCryptoSignatureVerifier(),
          hasher: createWebCryptoHasher(),
        },
        options,
      )
      peers.push(peer)
      if (hub.authorityReachable) await peer.whenPrepared()
      return { identity, peer, ledgerStore, contextStore }
    },
    announcedBy: (peerId) => members.get(peerId)?.shared ?? [],
    async close() {
      await Promise.all(peers.map((peer) => peer.close()))
      store.close()
    },
  }

  function createHubNetwork(identity: Identity, intercept: Intercept | undefined): Network {
    const self = identity.peerId
    const state = createWritable<NetworkState>({ phase: 'starting', reason: '', links: [], addresses: [] })
    const linkTo = (peerId: PeerId): PeerLink => ({
      peerId,
      kind: 'webrtc',
      direction: 'outbound',
      remoteAddress: `/webrtc/p2p/${peerId}`,
      rttMs: 1,
      openedAtMs: clock.nowMs(),
      isServer: false,
    })
    const reach = (peerId: PeerId): NetworkHandlers => {
      const member = members.get(peerId)
      if (member === undefined) throw new LoremeshError('not-connected', 'The peer is gone')
      return member.handlers
    }
    return {
      state,
      start(handlers) {
        members.set(self, { handlers: { ...handlers, ...intercept?.(handlers, identity) }, shared: [] })
        state.set({ phase: 'relay-only', reason: 'No other peer yet.', links: [], addresses: [] })
        return Promise.resolve()
      },
      stop() {
        members.delete(self)
        return Promise.resolve()
      },
      connect(peerId) {
        reach(peerId)
        return Promise.resolve(linkTo(peerId))
      },
      search: async (peerId, request) => reach(peerId).onSearch(request, self),
      requestQuote: (peerId, request) => refusing(() => reach(peerId).onFetchRequest(request, self)),
      pay: (peerId, payment) => refusing(() => reach(peerId).onPayment(payment, self)),
      acknowledge: async (peerId, invoice, ack) => reach(peerId).onAck(invoice, ack, self),
      async publish(message) {
        for (const [peerId, { handlers }] of members) {
          if (peerId !== self) await handlers.onGossip(message, self)
        }
      },
    }
  }

  function createHubRouting(self: PeerId): ContextRouting {
    const record = (peerId: PeerId) => ({
      peerId,
      addresses: [],
      reputation: 0.5,
      uptimePercent: 100,
      latencyMs: Number.NaN,
    })
    return {
      provide(contexts) {
        const member = members.get(self)
        if (member !== undefined) member.shared = contexts
        return Promise.resolve({ intervalMs: 30_000, peersOnline: members.size, contextsTotal: 0 })
      },
      findProviders: (contextHash) =>
        Promise.resolve(
          [...members]
            .filter(([, { shared }]) => shared.some((context) => context.contextHash === contextHash))
            .map(([peerId]) => record(peerId)),
        ),
      listPeers: () =>
        Promise.resolve(
          [...members].filter(([, { shared }]) => shared.length > 0).map(([peerId]) => record(peerId)),
        ),
    }
  }

  function createHubCertifier(identity: Identity): Certifier {
    const reach = async <T>(answer: () => T): Promise<T> => {
      await Promise.resolve()
      if (!hub.authorityReachable) throw new LoremeshError('authority-unreachable', 'No authority answers')
      return answer()
    }
    return {
      certify: async (signed) => {
        await hub.beforeCertifying()
        return reach(() => createCertificate(signed, [authority.vote(signed.wire)]))
      },
      requestStarterGrant: () => reach(() => authority.starterGrant(identity.account)),
      head: (account, sinceSeq) =>
        reach(() => {
          const chain = authority.head(peerIdToAccount(account), sinceSeq + 1)
          return chain && { state: chain.state, entries: chain.entries.map(({ signed }) => signed) }
        }),
      payment: (hash) => reach(() => authority.payment(hash)),
    }
  }

  return hub
}

/** What a handler throws becomes a refusal, as on the wire. */
async function refusing<T>(answer: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await answer()
  } catch (error) {
    const { code, message } = toLoremeshError(error)
    return { status: 'refused', code, message }
  }
}

/** 32 bytes that differ for every number. */
function seedOf(number: number): Uint8Array {
  const seed = new Uint8Array(32)
  new DataView(seed.buffer).setUint32(0, number)
  return seed
}
