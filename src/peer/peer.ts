import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context, ContextOrigin } from '../domain/content/context.ts'
import type { DocumentRecord, Visibility } from '../domain/content/document.ts'
import type { AddedFile, IngestFile } from '../domain/content/ingest-file.ts'
import type { QueryUsage } from '../domain/economy/cost.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { ErrorCode } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Doubt } from '../domain/retrieval/doubt.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import type { NetworkParameters } from '../domain/ledger/network-parameters.ts'
import type { ReceiptReport } from '../domain/ledger/verify-receipt.ts'
import type { AuthorityReach } from '../ports/certifier.ts'
import type { DhtState, NetworkEvent, NetworkState, PeerLink, RelayState } from '../ports/network.ts'
import type { SelfTestOptions, SelfTestResult } from '../ports/self-test.ts'
import type { EmbeddingSpaces } from './embedding-spaces.ts'
import type { Answers } from './answers.ts'
import type { PassageCache } from './cache.ts'
import type { PeerProfile, ProfileOf } from './peer-profiles.ts'
import type { Questions } from './questions.ts'
import type { PeerServing } from './serving.ts'
import type { Sleep } from './wake-watch.ts'
import type { WalletEntry, WalletPurchase, WalletShares, WalletState } from './wallet-state.ts'

export type {
  DhtState,
  NetworkEvent,
  NetworkState,
  PeerLink,
  PeerProfile,
  ProfileOf,
  RelayState,
  SelfTestResult,
  WalletEntry,
  WalletPurchase,
  WalletShares,
  WalletState,
}

/** Exactly what leaves the peer when a document is shared. */
export interface SharePreview {
  readonly document: DocumentRecord
  readonly contexts: readonly Context[]
  /** Tokens that a peer pays for all of it. */
  readonly price: MicroTokens
}

/** The peer's documents. */
export interface Library {
  readonly documents: Readable<readonly DocumentRecord[]>
  /** Number of contexts that can be searched: own, fetched and bundled. */
  readonly contextCount: Readable<number>
  /** Files that were added, in the order of adding: those of earlier sessions, too, that are not ready yet or failed. */
  readonly files: Readable<readonly IngestFile[]>
  /**
   * Stores files, which then are read, split and indexed one after another, after a reload or a crash as well; resolves
   * to their numbers before they are. One that fails stops none of the others. Throws `storage-full` when no more can
   * wait; those before are queued.
   */
  enqueue(files: Iterable<AddedFile> | AsyncIterable<AddedFile>): Promise<readonly number[]>
  /** Does the same, and waits until all are ready or failed. */
  add(files: Iterable<AddedFile> | AsyncIterable<AddedFile>): Promise<readonly IngestFile[]>
  /** Tries files that failed again. */
  retryFiles(ids: readonly number[]): Promise<void>
  /** Takes files off the list; those that are not ready are not added any more, documents stay. */
  removeFiles(ids: readonly number[]): Promise<void>
  /** Titles of contexts that are here, own or fetched, or were fetched and removed. */
  titles(contextHashes: readonly ContextHash[]): Promise<ReadonlyMap<ContextHash, string>>
  /** Contexts of a document, in order. Throws `not-found`. */
  contexts(documentHash: ContextHash): Promise<readonly Context[]>
  previewShare(documentHash: ContextHash): Promise<SharePreview>
  /**
   * Sharing announces a document's contexts to the network as soon as they have vectors; making it private stops that, also
   * before it has happened (copies already sold stay out).
   */
  setVisibility(documentHash: ContextHash, visibility: Visibility): Promise<void>
  remove(documentHash: ContextHash): Promise<void>
  /** Tags in use, most frequent first. */
  tags(): Promise<readonly string[]>
}

export type AskScope = 'library' | 'network' | 'both'

export interface AskOptions {
  readonly scope: AskScope
  /** The most that this question may spend. */
  readonly maxTokenCost: MicroTokens
  /** Only contexts that carry all of these tags. */
  readonly tags?: readonly string[]
  /** At most this many results; 8 unless told. */
  readonly limit?: number
  /** Passages scoring below this share of the best one are not bought; 0.35 unless told. */
  readonly minRelevance?: number
  readonly signal?: AbortSignal
  /** Called as the question advances; the last call's `results` are what is known so far. */
  readonly onProgress?: (progress: AskProgress) => void
}

export interface AskProgress {
  readonly stage: 'searching' | 'asking' | 'paying' | 'fetching' | 'done'
  /** A sentence for people, such as "Asking 5 peers". */
  readonly message: string
  readonly results: readonly AskResult[]
}

/** A passage that answers the question. */
export interface AskResult {
  readonly contextHash: ContextHash
  readonly title: string
  readonly headingPath: readonly string[]
  readonly documentHash: ContextHash
  readonly documentTitle: string
  readonly documentBytes: number
  readonly text: string
  readonly sizeBytes: number
  /** From 0 to 1, comparable within one answer. */
  readonly score: number
  /** Who delivered it for this question: the own store, or a peer. */
  readonly provider: 'self' | PeerId
  readonly origin: ContextOrigin
  readonly author: PeerId
  readonly paid: MicroTokens
  readonly transport: 'local' | 'webrtc' | 'relay'
  /** Others that offered the same, or nearly the same; unset when nobody did. */
  readonly alsoFrom?: readonly PeerId[]
  /** Titles of other own documents that say nearly the same; unset when none does. */
  readonly alsoIn?: readonly string[]
  /** Why it is placed after all others; unset for most. */
  readonly doubt?: Doubt
}

/** Something that did not work while asking, though the answer went on. */
export interface AskTrouble {
  readonly provider: PeerId | null
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

export interface AskTimings {
  readonly localMs: number
  readonly discoverMs: number
  readonly fetchMs: number
  readonly payMs: number
  readonly totalMs: number
}

export interface Answer {
  readonly question: string
  readonly results: readonly AskResult[]
  /** Peers that were asked. */
  readonly askedPeers: number
  /** True when the contexts of the same earlier question were reused. */
  readonly fromCache: boolean
  /** What that earlier question paid for these contexts; it is no part of what this one cost. */
  readonly paidEarlier: MicroTokens
  readonly timings: AskTimings
  /** Model tokens, estimated by size, and what was paid now; `Peer.questions` counts the tokens. */
  readonly usage: QueryUsage
  readonly troubles: readonly AskTrouble[]
}

/** The network's ledger of the last 7 days, as far as this peer keeps it. */
export interface ArchiveState {
  readonly isKept: boolean
  /** About how many entries are kept, and how much room they take. */
  readonly entries: number
  readonly sizeBytes: number
  /** How many entries were read so far, while what was missed is read; undefined otherwise. */
  readonly catchingUp: number | undefined
  /** Why something could not be read or kept, and what to do; empty while all is well. */
  readonly failure: string
}

/** How many of the authorities, which certify payments, answer. */
export interface AuthorityState extends AuthorityReach {
  /** Since when too few answer; undefined while enough do, or there is no sign to the contrary. */
  readonly tooFewSinceMs: number | undefined
}

/** What the status pill says. */
export interface PeerStatus {
  /**
   * `limited` while peers are linked, but the server or too many of the authorities do not answer, or nobody is served.
   */
  readonly kind: 'starting' | 'offline' | 'relay-only' | 'limited' | 'connected'
  /** Such as "Connected, 7 peers (5 direct)". */
  readonly label: string
  /** Why, and what to do. */
  readonly detail: string
}

/** What invites somebody else into the network. */
export interface PeerInvitation {
  /** The text that a link or a QR code carries. */
  readonly code: string
  /** Servers that are linked here, so that a newcomer will reach them, too. */
  readonly serversLinked: number
  /** Peers here, this one among them, that a newcomer can reach without any server. */
  readonly peersListening: number
}

/** One peer of the network, as the screens and the command line use it. */
export interface Peer {
  readonly peerId: PeerId
  readonly status: Readable<PeerStatus>
  readonly network: Readable<NetworkState>
  /** What is known of another peer beside its link. */
  readonly profileOf: ProfileOf
  readonly authorities: Readable<AuthorityState>
  readonly wallet: Readable<WalletState>
  /** Prices, and what else the network's operators may change, as in force now. */
  readonly tariff: Readable<NetworkParameters>
  readonly library: Library
  /** What was bought from others and is kept. */
  readonly cache: PassageCache
  /** What serving others may take of this device, and whether they are served now. */
  readonly serving: PeerServing
  /** The last time in which this peer could do nothing, as long as it has run; undefined before the first. */
  readonly lastSleep: Readable<Sleep | undefined>
  readonly archive: Readable<ArchiveState>
  /** By which model the own library is searched. */
  readonly models: EmbeddingSpaces
  /**
   * Begins to keep the network's ledger of the last 7 days, or stops and removes what is kept. Throws what the storage
   * refuses with, which `archive` tells, too.
   */
  keepLedger(wanted: boolean): Promise<void>
  /** Answers a question from the own library and, as the scope says, from other peers. Throws `aborted` or `bad-input`. */
  ask(question: string, options: AskOptions): Promise<Answer>
  /** Quotes, prompts and written answers from what a question found. */
  readonly answers: Answers
  /** What was asked here, what it cost, and whether it helped. */
  readonly questions: Questions
  /** An invitation for somebody else, as things stand now. */
  invite(): Promise<PeerInvitation>
  /**
   * Tries one after another what a direct link to another peer needs, and tells what it found; `onResult` is called as each
   * step ends. Throws `aborted` only.
   */
  selfTest(options?: Omit<SelfTestOptions, 'candidates'>): Promise<readonly SelfTestResult[]>
  /**
   * Checks the text of a receipt, whoever wrote it, with the keys of this network. Throws `bad-input`, `bad-encoding`,
   * `bad-entry`, `message-too-large` or `unsupported` for a text that is no receipt.
   */
  verifyReceipt(text: string): Promise<ReceiptReport>
  /** Claims what was earned, says goodbye and closes every store. */
  close(): Promise<void>
}
