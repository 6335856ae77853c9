import type { Identity } from '../domain/identity/identity.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { SeenPeer } from '../domain/network/known-peers.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextRouting } from '../ports/context-routing.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { DocumentParser } from '../ports/document-parser.ts'
import type { DocumentSplitter } from '../ports/document-splitter.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { Hasher } from '../ports/hasher.ts'
import type { IngestQueue } from '../ports/ingest-queue.ts'
import type { KnownPeers } from '../ports/known-peers.ts'
import type { LedgerArchive } from '../ports/ledger-archive.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { Network } from '../ports/network.ts'
import type { PassageIndex } from '../ports/passage-index.ts'
import type { QuestionLog } from '../ports/question-log.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { StandingDirectory } from '../ports/standing-directory.ts'
import type { Tokenizer } from '../ports/tokenizer.ts'

/** Everything a peer is made of. When it is closed, the peer closes all of it that can be closed. */
export interface PeerComponents {
  readonly identity: Identity
  readonly genesis: Genesis
  /** The text that invites into the network, and names these peers to begin with. */
  readonly encodeInvitation: (peers: readonly SeenPeer[]) => string
  readonly contextStore: ContextStore
  /** Files that were added; those that wait are read once the peer runs. */
  readonly ingestQueue: IngestQueue
  readonly ledgerStore: LedgerStore
  readonly questionLog: QuestionLog
  /** Of the network that is joined. */
  readonly knownPeers: KnownPeers
  /** Called when the network's ledger is to be kept; the peer closes the archive, too. */
  readonly openArchive: () => LedgerArchive | Promise<LedgerArchive>
  readonly embedder: Embedder
  /** Opens an empty index; called for what is held, and for what others announce. The peer closes these, too. */
  readonly openPassageIndex: () => PassageIndex
  readonly parser: DocumentParser
  readonly tokenizer: Tokenizer
  readonly splitter: DocumentSplitter
  readonly network: Network
  readonly routing: ContextRouting
  readonly standingDirectory: StandingDirectory
  readonly certifier: Certifier
  readonly signatureVerifier: SignatureVerifier
  readonly hasher: Hasher
  readonly clock: Clock
  readonly randomness: Randomness
}
