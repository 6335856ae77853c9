import type { PeerId } from '../domain/identity/account.ts'
import { toLoremeshError } from '../domain/kernel/errors.ts'
import { createWritable } from '../domain/kernel/readable.ts'
import { parseCertificate } from '../domain/ledger/certificate.ts'
import type { EntryHash } from '../domain/ledger/entry.ts'
import { verifyReceipt } from '../domain/ledger/verify-receipt.ts'
import type { ProviderRecord } from '../ports/context-routing.ts'
import type { SourceFile } from '../ports/document-parser.ts'
import type { EmbeddingModels } from '../ports/embedding-models.ts'
import type { NetworkHandlers, NetworkState } from '../ports/network.ts'
import { createAnswers, type AnswersOptions } from './answers.ts'
import { createArchivist } from './archivist.ts'
import { createAsker } from './ask.ts'
import { createAuthorityWatch } from './authority-watch.ts'
import { createBookkeeper } from './bookkeeper.ts'
import { createCatalogue } from './catalogue.ts'
import { createCertificateCheck } from './certificate-check.ts'
import { createCheckpoints } from './checkpoints.ts'
import { createDiscoverer } from './discover.ts'
import { createEmbeddingSpaces, noEmbeddingModels } from './embedding-spaces.ts'
import { createForkWatch } from './fork-watch.ts'
import { createGossip } from './gossip.ts'
import { createIncomingReserves } from './incoming-reserves.ts'
import { createLedgerListening } from './ledger-listening.ts'
import { createLedgerView } from './ledger-view.ts'
import { createLibrary } from './library.ts'
import { createOwnAccount } from './own-account.ts'
import { createPayerSessions } from './payer-sessions.ts'
import { createPaymentBooks } from './payment-books.ts'
import type { PeerComponents } from './peer-components.ts'
import type { Peer } from './peer.ts'
import { createNeighbours } from './neighbours.ts'
import { createPresence } from './presence.ts'
import { createProviderStandings } from './provider-standings.ts'
import { createBuyer, type Buyer } from './purchase.ts'
import { createQuestions } from './questions.ts'
import { createRetriever } from './retrieve.ts'
import { createSearchIndex } from './search-index.ts'
import { createSaleContents } from './sale-contents.ts'
import { createSearchServer, type SearchServer } from './serve-search.ts'
import { createSessionSeller } from './sell-in-session.ts'
import { createSingleSeller, type SingleSeller } from './sell-once.ts'
import { createSettlement } from './settle.ts'
import { createStatus } from './status.ts'
import { createLogSync } from './sync-log.ts'
import { createSync } from './sync.ts'
import { createUpkeep } from './upkeep.ts'
import { createWalletView } from './wallet.ts'

export interface PeerOptions extends AnswersOptions {
  /** Documents that come with the app; searched, never shared. */
  readonly guide?: readonly SourceFile[]
  /** Models that may serve the own index instead of `embedder`; none unless told. */
  readonly embeddingModels?: EmbeddingModels
  /** How often payments received are claimed and expired ones are taken back, in milliseconds; 60,000 unless told. */
  readonly settleIntervalMs?: number
}

/** A peer with what the server process and tests need beyond the screens. */
export interface RunningPeer extends Peer {
  /** The provider's side, for transports other than the peer network. */
  readonly server: SearchServer & SingleSeller
  /** The payer's side, for what is not a question. */
  readonly buyer: Buyer
  /** Resolves once the account is open and has its starter grant; rejects when the authorities refuse. */
  whenPrepared(): Promise<void>
  /** Resolves once what is shared has been announced. */
  announce(): Promise<void>
  /** Peers that share something, as the routing knows them. */
  listPeers(): Promise<readonly ProviderRecord[]>
  /** Claims what is due and takes back what nobody claimed, now. */
  settle(): Promise<void>
  /** Claims everything that was earned, also in sessions under way: the page is hidden and may not come back. */
  claimEverything(): Promise<void>
}

const SETTLE_INTERVAL_MS = 60_000
const LISTED_PEERS = 100

/** Builds a peer of its components, starts it, and resolves as soon as the library can be searched. */
export async function createPeer(
  components: PeerComponents,
  options: PeerOptions = {},
): Promise<RunningPeer> {
  const { identity, genesis, contextStore, ledgerStore, embedder, network, routing, clock } = components
  const starting: NetworkState = { phase: 'starting', reason: '', links: [], addresses: [] }
  const networkState = createWritable(starting)

  const ledgerFailure = createWritable('')
  const syncNotice = createWritable('')
  let closing = false

  /** The wallet says what fails in the ledger while nobody waits for it; when the peer closes, so do the stores under it. */
  function noteLedgerFailure(error: unknown): void {
    if (closing) return
    ledgerFailure.set(`The wallet failed: ${toLoremeshError(error).message}. Start Loremesh again.`)
  }

  function inBackground(task: Promise<void>): void {
    void task.catch(noteLedgerFailure)
  }

  /** Peers that are linked, some of which may keep the ledger as well. */
  function linkedPeers(): readonly PeerId[] {
    return networkState.get().links.flatMap(({ peerId, isServer }) => (isServer ? [] : [peerId]))
  }

  /** What a payee has claimed of a reserve sets the rest free. */
  async function noteClaimed(payments: readonly EntryHash[]): Promise<void> {
    if (await settlement.noteClaimed(payments)) await bookkeeper.settle()
  }

  const heldPassages = components.openPassageIndex()
  const announcedPassages = components.openPassageIndex()
  const index = createSearchIndex({ ...components, passageIndex: heldPassages })
  const { embeddingModels = noEmbeddingModels } = options
  const models = createEmbeddingSpaces({ ...components, index, embeddingModels })
  const view = createLedgerView(components)
  const archivist = createArchivist({
    ...components,
    logSync: createLogSync({ ...components, neighbours: linkedPeers, view }),
  })
  const books = createPaymentBooks(components)
  const checkpoints = createCheckpoints(
    { ...components, view },
    { onAdvanced: () => inBackground(wallet.refresh()), onFailure: noteLedgerFailure },
  )
  const account = createOwnAccount(
    { ...components, view, books, checkpoints },
    {
      onAppended: () => inBackground(wallet.refresh()),
      onCertified({ signed, certificateWire }) {
        const certificate = parseCertificate(certificateWire)
        archivist.take({ signed, certificate })
        inBackground(wallet.refresh())
        void gossip.announceEntry(signed, certificate).catch(() => undefined)
      },
    },
  )
  const authorities = createAuthorityWatch(components, {
    ask: (signal) => checkpoints.catchUp(signal),
    onBack: () => bookkeeper.settle(),
    onFailure: noteLedgerFailure,
  })
  const status = createStatus(networkState, authorities.state)
  const wallet = createWalletView(components, {
    notices: [ledgerFailure, authorities.notice, account.notice, syncNotice],
    checkpointedSeq: checkpoints.checkpointedSeq,
  })
  const settlement = createSettlement({ ...components, account, books })
  const catalogue = createCatalogue({ ...components, passageIndex: announcedPassages }, embedder)
  const standings = createProviderStandings(() => networkState.get().links)
  const forkWatch = createForkWatch(components, {
    announce: (news) => void gossip.announce(news).catch(() => undefined),
    onCertified(certified) {
      standings.note(certified.signed.entry)
      archivist.take(certified)
    },
    onClaimed: (payments) => inBackground(noteClaimed(payments)),
    onCheckpoint: (checkpoint) => inBackground(checkpoints.accept(checkpoint).then(() => undefined)),
    onFailure: noteLedgerFailure,
  })
  const listening = createLedgerListening(
    { ...components, archive: archivist.state },
    { onFailure: noteLedgerFailure },
  )
  const gossip = createGossip({ ...components, catalogue, forkWatch, listening })
  const library = createLibrary(
    { ...components, index, view },
    {
      onSharedChanged(added) {
        presence.announceSoon()
        void gossip.announceContexts(added).catch(() => undefined)
      },
    },
  )
  const presence = createPresence(components, { sharedContexts: library.sharedContexts })
  const sessions = createPayerSessions({
    ...components,
    account,
    checkpoints,
    standings,
    view,
    forkWatch,
    listening,
  })
  const buyer = createBuyer({ ...components, sessions, books, view, checkpoints })
  const discoverer = createDiscoverer(
    { ...components, self: identity.peerId, networkState: networkState.get, catalogue, standings },
    { space: embedder.space, isHeld: index.has },
  )
  const neighbours = createNeighbours({
    ...components,
    self: identity.peerId,
    networkState: networkState.get,
  })
  const retriever = createRetriever({ ...components, buyer, index, view })
  const asker = createAsker({ ...components, index, discoverer, retriever }, embedder)
  const answers = createAnswers(components, options)
  const checkCertificate = createCertificateCheck({ ...components, view, checkpoints })
  const sync = createSync(
    { ...components, account, checkpoints, checkCertificate, forkWatch, books },
    { onNotice: syncNotice.set },
  )
  const bookkeeper = createBookkeeper(
    { account, sync, settlement, wallet, clock },
    {
      settleIntervalMs: options.settleIntervalMs ?? SETTLE_INTERVAL_MS,
      paymentWindowMs: genesis.paymentWindowMs,
      onFailure: noteLedgerFailure,
    },
  )
  const upkeep = createUpkeep({ ...components, wallet }, { onFailure: noteLedgerFailure })
  const contents = createSaleContents({ ...components, library, view })
  const server = {
    ...createSearchServer({ ...components, library, index }, { space: embedder.space }),
    ...createSingleSeller(
      { ...components, contents, books, checkCertificate },
      { onAcknowledged: bookkeeper.claimSoon },
    ),
  }
  const reserves = createIncomingReserves({
    ...components,
    books,
    view,
    checkCertificate,
    forkWatch,
    listening,
  })
  const sessionSeller = createSessionSeller(
    { ...components, reserves, books, contents },
    { onTraded: bookkeeper.claimSoon, standing: checkpoints.standing },
  )

  const handlers: NetworkHandlers = {
    onSearch: server.search,
    onSession: sessionSeller.onSession,
    onTake: sessionSeller.onTake,
    onVoucher: sessionSeller.onVoucher,
    onLog: archivist.page,
    onGossip: gossip.judge,
    onLinkOpened: (peerId) => void buyer.meetAgain(peerId).catch(() => undefined),
  }

  /** Follows the network; the first moment at which others can be reached is the moment to look for some. */
  function followNetwork(state: NetworkState): void {
    const before = networkState.get().phase
    networkState.set(state)
    const joined = reachesServer(state.phase) && !reachesServer(before)
    if (!joined) return
    bookkeeper.comeBack()
    void archivist.catchUp()
    void meetOthers().catch(() => undefined)
  }

  async function meetOthers(): Promise<void> {
    await presence.announce()
    await neighbours.seek()
    await gossip.announceContexts(await library.sharedContexts())
  }

  await embedder.load()
  await library.start()
  await catalogue.start()
  await checkpoints.start()
  await forkWatch.start()
  checkpoints.newest.subscribe((newest) => newest && forkWatch.learn(newest))
  if (options.guide !== undefined) await library.addGuide(options.guide)
  await wallet.refresh()
  upkeep.start()
  void models.start().catch(() => undefined)
  network.state.subscribe(followNetwork)
  await network.start(handlers)
  listening.start()
  inBackground(bookkeeper.whenPrepared())

  return {
    peerId: identity.peerId,
    status,
    network: networkState,
    authorities: authorities.state,
    wallet: wallet.state,
    tariff: view.tariff,
    library,
    archive: archivist.state,
    keepLedger: archivist.keep,
    models,
    server,
    buyer,
    whenPrepared: bookkeeper.whenPrepared,
    announce: presence.announce,
    listPeers: () => routing.listPeers(LISTED_PEERS),
    settle: bookkeeper.settle,
    claimEverything: bookkeeper.claimEverything,
    async ask(question, askOptions) {
      const answer = await asker.ask(question, askOptions)
      await wallet.refresh()
      return answer
    },
    answers,
    questions: createQuestions(components),
    verifyReceipt(text) {
      const asOf = { checkpoint: view.moment().checkpoint, removals: view.removals() }
      return verifyReceipt(text, genesis, components.signatureVerifier, asOf)
    },
    async close() {
      closing = true
      const libraryStopped = library.stop()
      authorities.stop()
      presence.stop()
      neighbours.stop()
      checkpoints.stop()
      upkeep.stop()
      listening.stop()
      await bookkeeper.stop()
      await archivist.stop()
      await network.stop()
      await models.close()
      await embedder.dispose()
      components.tokenizer.close()
      await libraryStopped
      heldPassages.close()
      announcedPassages.close()
      await Promise.all([contextStore.close(), components.ingestQueue.close(), ledgerStore.close()])
    },
  }
}

function reachesServer(phase: NetworkState['phase']): boolean {
  return phase === 'relay-only' || phase === 'connected'
}
