import { createTextDocumentParser } from '../src/adapters/documents-text/text-document-parser.ts'
import { createMemoryContextStore } from '../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryLedgerStore } from '../src/adapters/storage-memory/memory-ledger-store.ts'
import type { Context } from '../src/domain/content/context.ts'
import { createIdentity, type Identity } from '../src/domain/identity/identity.ts'
import { verifySignature, type SignedMessage } from '../src/domain/identity/signature.ts'
import { textToBytes } from '../src/domain/kernel/bytes.ts'
import { sha256Digest } from '../src/domain/kernel/hashing.ts'
import type { SpaceId } from '../src/domain/retrieval/embedding.ts'
import { createPeer, type PeerComponents, type RunningPeer } from '../src/peer/create-peer.ts'
import type { LedgerStore } from '../src/ports/ledger-store.ts'
import { createVirtualClock, mortal } from './scheduler.ts'
import type { World } from './world.ts'

/** A peer on a machine that may lose power at any moment: its stores last, everything else starts anew. */
export interface SimPeer {
  readonly identity: Identity
  readonly ledgerStore: LedgerStore
  /** What it shares. */
  readonly contexts: readonly Context[]
  /** Times that it was killed. */
  readonly crashes: number
  /** The running peer; undefined while it is down or starting. */
  readonly running: RunningPeer | undefined
}

/** A peer is killed this long at most after it asked for a certificate, and is down for this long at most. */
const MAX_CRASH_DELAY_MS = 1_600
const MAX_DOWNTIME_MS = 30_000
/** How wrong a peer's clock is at most. */
const MAX_SKEW_MS = 900
const PARAGRAPHS = 12

/** Starts a peer that shares a document of its own. */
export async function startSimPeer({ scheduler, network, genesis, faults }: World): Promise<SimPeer> {
  const { random } = scheduler
  const identity = createIdentity(random.bytes(32))
  const ledgerStore = createMemoryLedgerStore()
  const contextStore = createMemoryContextStore()
  const certifier = network.createCertifier(identity)
  const skewMs = random.between(-MAX_SKEW_MS, MAX_SKEW_MS)
  let life = { alive: false }
  let running: RunningPeer | undefined
  let crashes = 0

  async function start(): Promise<void> {
    life = { alive: true }
    const components: PeerComponents = {
      ...deafComponents,
      identity,
      genesis,
      randomness: random,
      clock: createVirtualClock(scheduler, life, skewMs),
      contextStore: mortal(contextStore, life),
      ledgerStore: mortal(ledgerStore, life),
      network: mortal(network.createNetwork(identity.peerId), life),
      certifier: mortal(
        {
          ...certifier,
          certify(signed) {
            if (random.chance(faults.crash)) scheduler.after(random.between(0, MAX_CRASH_DELAY_MS), crash)
            return certifier.certify(signed)
          },
        },
        life,
      ),
    }
    running = await createPeer(components)
  }

  function crash(): void {
    if (!life.alive) return
    life.alive = false
    running = undefined
    crashes += 1
    network.disconnect(identity.peerId)
    scheduler.after(random.between(0, MAX_DOWNTIME_MS), () => void start())
  }

  await start()
  const bytes = textToBytes(writeDocument(() => random.between(0, 9_999)))
  const [added] = (await running?.library.add([{ path: 'notes.md', bytes }])) ?? []
  if (added?.documentHash === undefined) throw new Error('The document was not added')
  await running?.library.setVisibility(added.documentHash, 'shared')

  return {
    identity,
    ledgerStore,
    contexts: await contextStore.listContexts(),
    get crashes() {
      return crashes
    },
    get running() {
      return running
    },
  }
}

/** What a ledger does not need: meaning, and a tracker. */
const deafComponents = {
  embedder: {
    space: 'none' as SpaceId,
    dimensions: 1,
    load: () => Promise.resolve(),
    embed: (texts: readonly string[]) => Promise.resolve(texts.map(() => new Float32Array(1))),
    dispose: () => Promise.resolve(),
  },
  parser: createTextDocumentParser(),
  routing: {
    provide: () => Promise.resolve({ intervalMs: 3_600_000, peersOnline: 0, contextsTotal: 0 }),
    findProviders: () => Promise.resolve([]),
    listPeers: () => Promise.resolve([]),
  },
  hasher: { sha256: (contents: readonly Uint8Array[]) => Promise.resolve(contents.map(sha256Digest)) },
  signatureVerifier: {
    verify: (messages: readonly SignedMessage[]) =>
      Promise.resolve(
        messages.every(({ account, message, signature }) => verifySignature(account, message, signature)),
      ),
  },
}

/** A document of sections of different lengths that no other peer has. */
function writeDocument(number: () => number): string {
  const words = (count: number): string => Array.from({ length: count }, () => `word${number()}`).join(' ')
  return Array.from({ length: PARAGRAPHS }, (_, at) => `# ${words(2)}\n\n${words(20 + at * 15)}`).join('\n\n')
}
