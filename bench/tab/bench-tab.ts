/** The page of a measuring tab: the same peer as the app's, driven by functions instead of screens. */
import { hashText, type ContextHash } from '../../src/domain/content/context-hash.ts'
import type { Context } from '../../src/domain/content/context.ts'
import { parsePeerId } from '../../src/domain/identity/account.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { createPeer, type RunningPeer } from '../../src/peer/create-peer.ts'
import type { PeerComponents } from '../../src/peer/peer-components.ts'
import type { AskTimings, NetworkState } from '../../src/peer/peer.ts'
import { openTabComponents } from '../../src/tab/open-tab-components.ts'
import { valueOf } from '../../test/support/value-of.ts'
import { createGossipEar, freshEntry, preciseNowMs, type GossipEar } from './gossip-ear.ts'
import { ingestLog, storeRaw, takeLog, verifyRaw } from './ledger-ingest.ts'
import { askPaid, type PaidAnswer } from './paid-question.ts'
import { answerRawChannel, createRawChannel, type RawChannel } from './raw-channel.ts'
import { until } from './until.ts'
import { visit } from './visitor.ts'

/** A context of the bulk measurement: as large as contexts may be. */
const BULK_CONTEXT_BYTES = 65_536
const QUESTION_BUDGET = toMicroTokens(1_000_000_000n)

/** What a question brought, and how long it took. */
export interface MeasuredAnswer {
  /** Best first. */
  readonly contextHashes: readonly ContextHash[]
  readonly packedPassages: number
  readonly boughtPassages: number
  readonly boughtBytes: number
  readonly paidTokens: number
  readonly askedPeers: number
  readonly timings: AskTimings
  readonly citeMs: number
  readonly totalMs: number
  readonly troubles: readonly string[]
}

interface OpenedTab {
  readonly components: PeerComponents
  readonly peer: RunningPeer
  readonly ear: GossipEar
}

let opened: Promise<OpenedTab> | undefined

/** The peer, which may have no account yet; the first call may bring an invitation. */
function openPeer(invitation?: string): Promise<OpenedTab> {
  opened ??= openTabComponents(invitation).then(async (components) => {
    const ear = createGossipEar(components.network)
    return { components, ear, peer: await createPeer({ ...components, network: ear.network }) }
  })
  return opened
}

async function open(): Promise<OpenedTab> {
  const tab = await openPeer()
  await tab.peer.whenPrepared()
  return tab
}

/** Links to other tabs and peers without a relay between. */
function countDirect({ links }: NetworkState): number {
  return links.filter(({ kind }) => kind === 'webrtc').length
}

const bench = {
  /** Starts the peer; gives its id. */
  async start(): Promise<string> {
    return (await open()).peer.peerId
  },
  /** Milliseconds since the page was asked for until the first direct link stood. */
  async firstDirectLinkMs(): Promise<number> {
    const { peer } = await open()
    await until(peer.network, (state) => countDirect(state) > 0)
    return performance.now()
  },
  /** Adds and shares documents. */
  async share(documents: readonly { readonly path: string; readonly text: string }[]): Promise<number> {
    const { peer } = await open()
    const files = documents.map(({ path, text }) => ({ path, bytes: textToBytes(text) }))
    const added = await peer.library.add(files)
    for (const { documentHash } of added) {
      if (documentHash !== undefined) await peer.library.setVisibility(documentHash, 'shared')
    }
    await peer.announce()
    return added.filter((file) => file.state === 'ready').length
  },
  /** Asks the network for about so many bytes. */
  async ask(
    question: string,
    limit: number,
  ): Promise<{ readonly bytes: number; readonly timings: AskTimings; readonly troubles: readonly string[] }> {
    const { peer } = await open()
    const answer = await peer.ask(question, {
      scope: 'network',
      maxTokenCost: QUESTION_BUDGET,
      limit,
      minRelevance: 0,
    })
    const fetched = answer.results.filter((result) => result.provider !== 'self')
    return {
      bytes: fetched.reduce((sum, result) => sum + result.sizeBytes, 0),
      timings: answer.timings,
      troubles: answer.troubles.map((trouble) => trouble.message),
    }
  },
  /** Asks own library and network for the best `limit` passages and packs them, as the Ask screen does. */
  async answer(question: string, limit: number): Promise<MeasuredAnswer> {
    const { peer } = await open()
    const startMs = performance.now()
    const answer = await peer.ask(question, { scope: 'both', maxTokenCost: QUESTION_BUDGET, limit })
    const foundMs = performance.now()
    const { packed } = await peer.answers.cite(answer, { spendBudget: QUESTION_BUDGET })
    const endMs = performance.now()
    const bought = answer.results.filter((result) => result.provider !== 'self')
    return {
      contextHashes: answer.results.map(({ contextHash }) => contextHash),
      packedPassages: packed.passages.length,
      boughtPassages: bought.length,
      boughtBytes: bought.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      paidTokens: bought.reduce((sum, { paid }) => sum + Number(paid), 0) / 1e6,
      askedPeers: answer.askedPeers,
      timings: answer.timings,
      citeMs: endMs - foundMs,
      totalMs: endMs - startMs,
      troubles: answer.troubles.map((trouble) => trouble.message),
    }
  },
  /** Stores and shares `count` contexts of 64 KiB; gives their hashes. */
  async shareBulk(count: number): Promise<readonly string[]> {
    const { components, peer } = await open()
    const contexts = Array.from({ length: count }, (_, at) => bulkContext(peer, at))
    const [first] = contexts
    if (first === undefined) return []
    const document = {
      documentHash: first.documentHash,
      title: 'Bulk',
      path: 'bulk.txt',
      kind: 'text' as const,
      tags: [],
      sizeBytes: count * BULK_CONTEXT_BYTES,
      addedAtMs: Date.now(),
      visibility: 'private' as const,
      contexts: contexts.map((context) => context.contextHash),
      chunkerVersion: 1,
    }
    await components.contextStore.putDocument(document, contexts, [])
    await peer.library.setVisibility(document.documentHash, 'shared')
    return document.contexts
  },
  /** Buys 64 KiB contexts of a peer in one payment; gives the milliseconds of payment and of delivery. */
  async buyBulk(
    provider: string,
    contextHashes: readonly string[],
  ): Promise<{ readonly payMs: number; readonly fetchMs: number; readonly bytes: number }> {
    const { peer } = await open()
    const wanted = new Map(contextHashes.map((hash) => [hash as ContextHash, BULK_CONTEXT_BYTES]))
    const { payMs, fetchMs, texts } = await peer.buyer.buy({
      provider: parsePeerId(provider),
      addresses: [],
      wanted,
      maxTokenCost: toMicroTokens(1_000_000_000_000n),
      question: '',
    })
    return { payMs, fetchMs, bytes: texts.size * BULK_CONTEXT_BYTES }
  },
  createRawChannel,
  answerRawChannel,
  /** Milliseconds until everything that happened while the peer was away is known. */
  async comeBackMs(): Promise<number> {
    const startMs = performance.now()
    await open()
    return performance.now() - startMs
  },
  /** Height of the newest checkpoint that is stored, 0 without one, and the number of payments to this peer. */
  async knowledge(): Promise<{ readonly height: number; readonly incoming: number }> {
    const { ledgerStore } = (await open()).components
    const checkpoint = await ledgerStore.newestCheckpoint()
    const incoming = await ledgerStore.listPayments({ direction: 'in' })
    return { height: checkpoint?.height ?? 0, incoming: incoming.length }
  },
  /** Milliseconds from the wish to keep the network's ledger until all of it, so many entries, is verified and stored. */
  async keepLedgerMs(entries: number): Promise<number> {
    const { peer } = await openPeer()
    await until(peer.network, ({ phase }) => phase === 'relay-only' || phase === 'connected')
    const startMs = performance.now()
    await peer.keepLedger(true)
    let failure = ''
    await until(peer.archive, (state) => {
      failure = state.failure
      return failure !== '' || (state.entries >= entries && state.catchingUp === undefined)
    })
    if (failure !== '') throw new Error(failure)
    return performance.now() - startMs
  },
  /** WebRTC connections made since the page was loaded. */
  async connectionsMade(): Promise<number> {
    return valueOf((await open()).peer.network).peerConnectionsMade
  },
  /** Direct links once there are so many of them, at least and at most, or those there are after `timeoutMs`. */
  async countLinks(least: number, most: number, timeoutMs: number): Promise<number> {
    const { peer } = await open()
    const fits = (count: number): boolean => count >= least && count <= most
    return countDirect(await until(peer.network, (state) => fits(countDirect(state)), timeoutMs))
  },
  /** Resolves once the peer is linked by nothing that was opened before `atMs`; false when it is after `timeoutMs` still. */
  async untilMissed(peerId: string, atMs: number, timeoutMs: number): Promise<boolean> {
    const { peer } = await openPeer()
    const isMissed = ({ links }: NetworkState): boolean =>
      links.every((link) => link.peerId !== peerId || link.openedAtMs >= atMs)
    return isMissed(await until(peer.network, isMissed, timeoutMs))
  },
  /** Tells everybody an entry that nobody has seen; gives its hash and when it was sent. */
  async gossip(): Promise<{ readonly hash: string; readonly sentAtMs: number }> {
    const { components } = await open()
    const signed = freshEntry(components.genesis)
    const sentAtMs = preciseNowMs()
    await components.network.publish({ type: 'entry', signed })
    return { hash: signed.hash, sentAtMs }
  },
  /** Those of these entries that others told, each with the moment: once all have come, or after `timeoutMs`. */
  async heard(
    hashes: readonly string[],
    timeoutMs: number,
  ): Promise<readonly (readonly [hash: string, atMs: number])[]> {
    const { heardAtMs } = (await open()).ear
    const heard = await until(heardAtMs, (entries) => hashes.every((hash) => entries.has(hash)), timeoutMs)
    return [...heard].filter(([hash]) => hashes.includes(hash))
  },
  /** Asks for a document, also when the account can't be brought up to date now. */
  async askPaid(question: string, documentTitle: string): Promise<PaidAnswer> {
    const { components, peer } = await openPeer()
    return askPaid(peer, components.ledgerStore, question, documentTitle)
  },
  /** An invitation for somebody else, and how many peers it leads to that a tab can dial without any server. */
  async invite(): Promise<{ readonly code: string; readonly peersListening: number }> {
    return (await open()).peer.invite()
  },
  /**
   * Milliseconds since the page was asked for until a direct link to another tab stood, whether or not there is an account
   * yet. Throws what happened to the network instead when that takes too long.
   */
  async joinMs(timeoutMs: number, invitation?: string): Promise<number> {
    const { peer } = await openPeer(invitation)
    const state = await until(peer.network, (current) => countDirect(current) > 0, timeoutMs)
    if (countDirect(state) === 0) throw new Error(state.log.map(({ message }) => message).join(' '))
    return performance.now()
  },
  visit,
  takeLog,
  ingestLog,
  verifyRaw,
  storeRaw,
}

/** Text that does not repeat itself, different for every number. */
function bulkContext(peer: RunningPeer, number: number): Context {
  let seed = number * 2_654_435_761 + 1
  let text = ''
  while (text.length < BULK_CONTEXT_BYTES) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    text += seed.toString(36)
  }
  text = text.slice(0, BULK_CONTEXT_BYTES)
  return {
    contextHash: hashText(text),
    text,
    sizeBytes: BULK_CONTEXT_BYTES,
    title: `Bulk ${number}`,
    headingPath: [],
    tags: [],
    documentHash: hashText('bulk document'),
    documentTitle: 'Bulk',
    documentBytes: BULK_CONTEXT_BYTES,
    startByte: 0,
    endByte: BULK_CONTEXT_BYTES,
    author: peer.peerId,
    origin: 'own',
    addedAtMs: Date.now(),
  }
}

declare global {
  interface Window {
    bench: typeof bench
    rawChannel: RawChannel | undefined
  }
}
window.bench = bench
