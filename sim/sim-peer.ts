import { createTextDocumentParser } from '../src/adapters/documents-text/text-document-parser.ts'
import { createDirectSplitter } from '../src/adapters/document-splitter/direct-splitter.ts'
import { createLedgerCertifier } from '../src/adapters/network-libp2p/ledger-certifier.ts'
import { createPacedPassageIndex } from '../src/adapters/passage-index/paced-passage-index.ts'
import { createMemoryContextStore } from '../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryIngestQueue } from '../src/adapters/storage-memory/memory-ingest-queue.ts'
import { createMemoryLedgerArchive } from '../src/adapters/storage-memory/memory-ledger-archive.ts'
import { createMemoryLedgerStore } from '../src/adapters/storage-memory/memory-ledger-store.ts'
import { createMemoryKnownPeers } from '../src/adapters/storage-memory/memory-known-peers.ts'
import { createMemoryQuestionLog } from '../src/adapters/storage-memory/memory-question-log.ts'
import { openNodeTokenizer } from '../src/adapters/tokenizer-o200k/node-tokenizer.ts'
import type { Context } from '../src/domain/content/context.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { bytesToHexText, textToBytes } from '../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { SpaceId } from '../src/domain/retrieval/embedding.ts'
import { createLocalIndex } from '../src/domain/retrieval/local-index.ts'
import { createPeer, type RunningPeer } from '../src/peer/create-peer.ts'
import type { Certifier } from '../src/ports/certifier.ts'
import type { ContextStore } from '../src/ports/context-store.ts'
import type { LedgerStore } from '../src/ports/ledger-store.ts'
import type { NetworkHandlers } from '../src/ports/network.ts'
import { beginLife, type Life } from '../test/support/mortal-process.ts'
import { promptHasher } from '../test/support/prompt-crypto.ts'
import { createNoDirectory } from '../test/support/standing-directory.ts'
import { askAuthorities } from './ask-authorities.ts'
import { createVirtualClock } from './scheduler.ts'
import type { PeerProcess } from './virtual-peers.ts'
import { toNodeName, type NodeName } from './virtual-wires.ts'
import { watchLedgerStore } from './watched-ledger-store.ts'
import type { World } from './world.ts'

/** A peer on a machine that may lose power at any moment: its stores last, everything else starts anew. */
export interface SimPeer {
  readonly name: string
  readonly node: NodeName
  readonly identity: Identity
  readonly ledgerStore: LedgerStore
  readonly contextStore: ContextStore
  /** What it shares. */
  readonly contexts: readonly Context[]
  /** The running peer; undefined while it is down or starting. */
  readonly running: RunningPeer | undefined
  /** Has it lose power after so many more calls to its stores, the network and the authorities. */
  crashAfter(steps: number): void
  /** Ends it at once and for good. */
  kill(): void
}

/** What is left of a peer that does not run. */
export interface Profile {
  readonly identity: Identity
  readonly ledgerStore: LedgerStore
  readonly contextStore: ContextStore
}

export interface SimPeerOptions {
  readonly name: string
  /** What an earlier run, or another copy of the profile, left. */
  readonly profile?: Profile
  /** Wraps the handlers of a peer that does not behave. */
  readonly misbehave?: (handlers: NetworkHandlers) => Partial<NetworkHandlers>
}

/** A restart takes this long at most. */
const MAX_DOWNTIME_MS = 20_000
/** How wrong a peer's clock is at most. */
const MAX_SKEW_MS = 900
const SETTLE_INTERVAL_MS = 6_000
const SECTIONS = 10

/** Starts a peer that shares a document of its own, which no other peer has. */
export async function startSimPeer(world: World, options: SimPeerOptions): Promise<SimPeer> {
  const { scheduler, genesis, verifier } = world
  const { random } = scheduler
  const { name } = options
  const node = toNodeName(name)
  const profile = options.profile ?? newProfile(world)
  const { identity, contextStore } = profile
  const ledgerStore = watchLedgerStore(profile.ledgerStore, world, { identity, node })
  const skewMs = random.between(-MAX_SKEW_MS, MAX_SKEW_MS)
  let current: { readonly life: Life; readonly process: PeerProcess } | undefined
  let running: RunningPeer | undefined
  let stepsLeft = Number.POSITIVE_INFINITY
  let isStopped = false

  async function start(): Promise<void> {
    stepsLeft = Number.POSITIVE_INFINITY
    const life = beginLife({ onStep, gone: () => new LoremeshError('not-connected', 'The peer is gone') })
    const process: PeerProcess = {
      node,
      peerId: identity.peerId,
      visit: life.visit,
      misbehave: options.misbehave,
    }
    current = { life, process }
    const certifier = createLedgerCertifier(
      { ask: askAuthorities(world, node, identity, life), account: identity.account, genesis, verifier },
      { authorities: world.authorityKeys.map(({ peerId }) => peerId) },
    )
    running = await createPeer(
      {
        ...indifferent,
        identity,
        genesis,
        randomness: random,
        signatureVerifier: verifier,
        clock: life.mortalClock(createVirtualClock(scheduler, skewMs)),
        contextStore: life.mortal(contextStore),
        ingestQueue: life.mortal(createMemoryIngestQueue()),
        ledgerStore: life.mortal(ledgerStore),
        network: life.mortal(world.peers.createNetwork(process)),
        certifier: life.mortal(watchCertifier(certifier)),
      },
      { settleIntervalMs: SETTLE_INTERVAL_MS },
    )
  }

  /** Whatever was certified, the auditor hears of. */
  function watchCertifier(certifier: Certifier): Certifier {
    return {
      ...certifier,
      async certify(signed, signal) {
        const certificate = await certifier.certify(signed, signal)
        world.auditor.recordCertified(signed, certificate)
        return certificate
      },
    }
  }

  function begin(): void {
    if (isStopped) return
    start().catch((error: unknown) => world.violate(`${name} could not start: ${String(error)}`))
  }

  function onStep(): void {
    stepsLeft -= 1
    if (stepsLeft > 0) return
    end()
    world.count('peerCrashes')
    world.log(`${name} loses power`)
    scheduler.after(random.between(200, MAX_DOWNTIME_MS), begin)
  }

  function end(): void {
    stepsLeft = Number.POSITIVE_INFINITY
    if (current === undefined) return
    const { life, process } = current
    current = undefined
    running = undefined
    life.end()
    world.peers.leave(process)
    world.forks.forget(node)
  }

  world.sound.add(node)
  if (options.profile === undefined) world.names.set(bytesToHexText(identity.account), name)
  await start()
  if (options.profile === undefined) await shareDocument(running, random)
  const contexts = await contextStore.listContexts()
  for (const { contextHash } of contexts) world.contexts.add(contextHash)

  return {
    name,
    node,
    identity,
    ledgerStore: profile.ledgerStore,
    contextStore,
    contexts,
    get running() {
      return running
    },
    crashAfter(steps) {
      if (current !== undefined) stepsLeft = steps
    },
    kill() {
      isStopped = true
      end()
    },
  }
}

function newProfile({ newIdentity }: World): Profile {
  return {
    identity: newIdentity(),
    ledgerStore: createMemoryLedgerStore(),
    contextStore: createMemoryContextStore(),
  }
}

async function shareDocument(
  peer: RunningPeer | undefined,
  random: World['scheduler']['random'],
): Promise<void> {
  const bytes = textToBytes(writeDocument(() => random.between(0, 9_999)))
  const [added] = (await peer?.library.add([{ path: 'notes.md', bytes }])) ?? []
  if (added?.documentHash === undefined) throw new Error('The document was not added')
  await peer?.library.setVisibility(added.documentHash, 'shared')
}

/** What a ledger does not need: meaning, and a tracker. */
const indifferent = {
  embedder: {
    space: 'none' as SpaceId,
    dimensions: 1,
    load: () => Promise.resolve(),
    embed: (texts: readonly string[]) => Promise.resolve(texts.map(() => new Float32Array(1))),
    dispose: () => Promise.resolve(),
  },
  openPassageIndex: () => createPacedPassageIndex(createLocalIndex(), () => Promise.resolve()),
  parser: createTextDocumentParser(),
  questionLog: createMemoryQuestionLog(),
  knownPeers: createMemoryKnownPeers(),
  encodeInvitation: () => '',
  tokenizer: openNodeTokenizer(),
  standingDirectory: createNoDirectory(),
  routing: {
    provide: () => Promise.resolve({ intervalMs: 3_600_000, peersOnline: 0, contextsTotal: 0 }),
    findProviders: () => Promise.resolve([]),
    listPeers: () => Promise.resolve([]),
  },
  splitter: createDirectSplitter(),
  hasher: promptHasher,
  openArchive: () => Promise.resolve(createMemoryLedgerArchive()),
}

/** A document of sections of different lengths that no other peer has. */
function writeDocument(number: () => number): string {
  const words = (count: number): string => Array.from({ length: count }, () => `word${number()}`).join(' ')
  return Array.from({ length: SECTIONS }, (_, at) => `# ${words(2)}\n\n${words(20 + at * 15)}`).join('\n\n')
}
