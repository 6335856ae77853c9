import { createTextDocumentParser } from '../../src/adapters/documents-text/text-document-parser.ts'
import { createDirectSplitter } from '../../src/adapters/document-splitter/direct-splitter.ts'
import { openNodeStaticEmbedder } from '../../src/adapters/embedding-static/node-static-embedding.ts'
import { openNodePassageIndex } from '../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryIngestQueue } from '../../src/adapters/storage-memory/memory-ingest-queue.ts'
import { createMemoryLedgerArchive } from '../../src/adapters/storage-memory/memory-ledger-archive.ts'
import { createMemoryLedgerStore } from '../../src/adapters/storage-memory/memory-ledger-store.ts'
import { createMemoryKnownPeers } from '../../src/adapters/storage-memory/memory-known-peers.ts'
import { createMemoryQuestionLog } from '../../src/adapters/storage-memory/memory-question-log.ts'
import { openNodeTokenizer } from '../../src/adapters/tokenizer-o200k/node-tokenizer.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import type { LedgerTotals } from '../../signaling/authority/ledger-reading.ts'
import { quorumOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import { createPeer, type PeerOptions, type RunningPeer } from '../../src/peer/create-peer.ts'
import type { Certifier } from '../../src/ports/certifier.ts'
import type { SharedContext } from '../../src/ports/context-routing.ts'
import type { ContextStore } from '../../src/ports/context-store.ts'
import type { DocumentParser } from '../../src/ports/document-parser.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'
import { type AuthorityHub, type GenesisPart, type HubOptions, openAuthorityHub } from './authority-hub.ts'
import { createHubClock, type HubClock } from './hub-clock.ts'
import { createHubNetwork, notConnected, type Intercept } from './hub-network.ts'
import { beginLife, type Life } from './mortal-process.ts'
import { createNoDirectory } from './standing-directory.ts'
import { promptHasher, promptVerifier } from './prompt-crypto.ts'

/** Peers in one process: real peers and real authorities, with calls in the place of links. */
export interface PeerHub {
  readonly clock: HubClock
  readonly genesis: Genesis
  readonly authorities: AuthorityHub
  /** Whether a quorum of the authorities answers; when set, whether all or none do. */
  authorityReachable: boolean
  /** Entries are certified once this has resolved. */
  beforeCertifying: () => Promise<void>
  /** What becomes of a call from one peer to another one; they all pass unless told. */
  fate: Fate
  /** A running peer. */
  addPeer(options?: HubPeerOptions): Promise<HubPeer>
  /** What a peer announced last. */
  announcedBy(peerId: PeerId): readonly SharedContext[]
  totals(): Promise<LedgerTotals>
  /** Ends everything. Fails when tokens came from nowhere or vanished. */
  close(): Promise<void>
}

/** What becomes of a call: it passes, it never arrives, or its answer doesn't. */
type Fate = (from: PeerId, to: PeerId, call: string) => 'passes' | 'is-lost' | 'answer-is-lost'

interface HubPeerOptions extends PeerOptions {
  /** Changes how the peer answers others. */
  readonly intercept?: Intercept
  /** What an earlier run, or another copy of the profile, left. */
  readonly profile?: Profile
  /** Told of every call to the stores, the network and the authorities, before it is made and after it was. */
  readonly onStep?: (call: string, moment: 'before' | 'after') => void
  /** Reads files, one of its own unless told. */
  readonly parser?: DocumentParser
}

/** What is left of a peer that does not run. */
interface Profile {
  readonly identity: Identity
  readonly ledgerStore: LedgerStore
  readonly contextStore: ContextStore
}

export interface HubPeer extends Profile {
  readonly peer: RunningPeer
  /** Ends it at once, as a power cut does. */
  crash(): void
}

/** Loaded once for all peers of all tests. */
const embedder = { ...openNodeStaticEmbedder(), dispose: () => Promise.resolve() }

/** Starts a hub with authorities of its own, one unless told. `genesisPart` overrides the usual parameters. */
export async function openPeerHub(
  genesisPart: GenesisPart = {},
  { authorities: count = 1, wishes = [] }: HubOptions = {},
): Promise<PeerHub> {
  const clock = createHubClock()
  const network = createHubNetwork(clock, (from, to, call) => hub.fate(from, to, call))
  const authorities = await openAuthorityHub(
    { clock, tell: network.tell },
    { authorities: count, genesisPart, wishes },
  )
  const { genesis, unreachable } = authorities
  const running = new Map<RunningPeer, () => void>()
  let made = 0
  let nonce = 0

  const hub: PeerHub = {
    clock,
    genesis,
    authorities,
    get authorityReachable() {
      return count - unreachable.size >= quorumOf(genesis)
    },
    set authorityReachable(isReachable) {
      for (let index = 0; index < count; index++) {
        if (isReachable) unreachable.delete(index)
        else unreachable.add(index)
      }
    },
    beforeCertifying: () => Promise.resolve(),
    fate: () => 'passes',
    async addPeer(given = {}) {
      const { intercept, profile = newProfile(), onStep, parser, ...options } = given
      const { identity, ledgerStore, contextStore } = profile
      const life = beginLife({
        onStep(call, moment) {
          clock.stir()
          onStep?.(call, moment)
        },
        gone: notConnected,
      })
      const member = network.addMember(identity, life, intercept, (news) => authorities.hear(news))
      const peer = await createPeer(
        {
          identity,
          genesis,
          clock: life.mortalClock(clock),
          randomness: { bytes: (length) => numberedBytes(1_000_000 + nonce++).slice(0, length) },
          contextStore: life.mortal(contextStore),
          ingestQueue: life.mortal(createMemoryIngestQueue()),
          ledgerStore: life.mortal(ledgerStore),
          questionLog: createMemoryQuestionLog(),
          knownPeers: createMemoryKnownPeers(),
          encodeInvitation: () => '',
          openArchive: createMemoryLedgerArchive,
          embedder,
          openPassageIndex: openNodePassageIndex,
          parser: parser ?? createTextDocumentParser(),
          tokenizer: openNodeTokenizer(),
          splitter: createDirectSplitter(),
          network: life.mortal(member.network),
          routing: life.mortal(member.routing),
          standingDirectory: createNoDirectory(),
          certifier: life.mortal(createCertifier(identity, life)),
          signatureVerifier: promptVerifier,
          hasher: promptHasher,
        },
        options,
      )
      function crash(): void {
        life.end()
        member.leave()
        running.delete(peer)
      }
      running.set(peer, crash)
      if (hub.authorityReachable) await peer.whenPrepared()
      return { identity, peer, ledgerStore, contextStore, crash }
    },
    announcedBy: network.announcedBy,
    totals: authorities.totals,
    async close() {
      hub.authorityReachable = true
      hub.fate = () => 'passes'
      hub.beforeCertifying = () => Promise.resolve()
      await Promise.all([...running.keys()].map((peer) => peer.close()))
      await clock.settled()
      const { conserved } = await authorities.totals()
      await authorities.close()
      if (!conserved) throw new Error('Tokens came from nowhere, or vanished')
    },
  }

  function newProfile(): Profile {
    made += 1
    return {
      identity: createIdentity(numberedBytes(made)),
      ledgerStore: createMemoryLedgerStore(),
      contextStore: createMemoryContextStore(),
    }
  }

  function createCertifier(identity: Identity, life: Life): Certifier {
    const certifier = authorities.certifierOf(identity, (question) => life.pass('authority', question))
    return {
      ...certifier,
      async certify(...entry) {
        await hub.beforeCertifying()
        return certifier.certify(...entry)
      },
    }
  }

  return hub
}

/** 32 bytes that differ for every number. */
function numberedBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}
