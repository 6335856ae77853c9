import { createWritable } from '../domain/kernel/readable.ts'
import type { EmbeddingModels } from '../ports/embedding-models.ts'
import type { NetworkHandlers } from '../ports/network.ts'
import { createAnnouncements } from './announcements.ts'
import { createAnswers, type AnswersOptions } from './answers.ts'
import { createAsker } from './ask.ts'
import { createCache, type CacheOptions } from './cache.ts'
import { withCappedSales, withCappedSearch, withCappedSessions } from './capped-server.ts'
import { createCatalogue } from './catalogue.ts'
import { composeLedger } from './compose-ledger.ts'
import { createDiscoverer } from './discover.ts'
import { createDoubts } from './doubts.ts'
import { createEmbeddingSpaces, noEmbeddingModels } from './embedding-spaces.ts'
import { createGossip } from './gossip.ts'
import { createHolders } from './holders.ts'
import { createIncomingReserves } from './incoming-reserves.ts'
import { createInviter } from './invite.ts'
import { createLibrary } from './library.ts'
import { createNeighbours } from './neighbours.ts'
import { createPayerSessions } from './payer-sessions.ts'
import type { PeerComponents } from './peer-components.ts'
import { createProfileOf } from './peer-profiles.ts'
import { createPresence } from './presence.ts'
import { createBuyer } from './purchase.ts'
import { createQuestions } from './questions.ts'
import { createRejoiner } from './rejoin.ts'
import { createRetriever } from './retrieve.ts'
import { createSaleContents } from './sale-contents.ts'
import { createSearchIndex } from './search-index.ts'
import { createSessionSeller } from './sell-in-session.ts'
import { createSingleSeller } from './sell-once.ts'
import { createSearchServer } from './serve-search.ts'
import { createServing, type ServingOptions } from './serving.ts'
import { startingNetwork } from './starting-network.ts'
import { createStandingLookups } from './standing-lookups.ts'
import { createStatus } from './status.ts'

export interface CompositionOptions extends AnswersOptions, CacheOptions, ServingOptions {
  /** Models that may serve the own index instead of `embedder`; none unless told. */
  readonly embeddingModels?: EmbeddingModels
  /** How often payments received are claimed and expired ones are taken back, in milliseconds; 60,000 unless told. */
  readonly settleIntervalMs?: number
}

const SETTLE_INTERVAL_MS = 60_000

/** Makes the parts of a peer and joins them; whoever calls it starts and stops them. */
export function composePeer(components: PeerComponents, options: CompositionOptions) {
  const { identity, embedder } = components
  const { embeddingModels = noEmbeddingModels, settleIntervalMs = SETTLE_INTERVAL_MS } = options
  const networkState = createWritable(startingNetwork)
  const networkPlace = { self: identity.peerId, networkState: networkState.get }

  const ledger = composeLedger(components, {
    settleIntervalMs,
    networkState: networkState.get,
    announceEntry: (signed, certificate) =>
      void gossip.announceEntry(signed, certificate).catch(() => undefined),
    announceNews: (news) => void gossip.announce(news).catch(() => undefined),
  })
  const { view, books, checkpoints, account, standings, forkWatch, listening, checkCertificate } = ledger
  const serving = createServing(components, options)
  const status = createStatus(networkState, ledger.authorities.state, serving.state)

  const heldPassages = components.openPassageIndex()
  const announcedPassages = components.openPassageIndex()
  const index = createSearchIndex({ ...components, passageIndex: heldPassages })
  const models = createEmbeddingSpaces({ ...components, index, embeddingModels })
  const catalogue = createCatalogue({ ...components, passageIndex: announcedPassages }, embedder)
  const gossip = createGossip({ ...components, catalogue, forkWatch, listening })
  const cache = createCache({ ...components, index }, options)
  const library = createLibrary(
    { ...components, index, view },
    {
      onAdded: ({ contexts }) => cache.noteOwn(contexts),
      onCachedAgain: cache.refresh,
      onSharedChanged(added) {
        presence.announceSoon()
        void gossip.announceContexts(added).catch(() => undefined)
      },
    },
  )
  /** What is shared and can be had at the moment. */
  const offeredContexts = async () => (serving.isPaused() ? [] : library.sharedContexts())
  const announcements = createAnnouncements(
    { ...components, ...networkPlace, catalogue },
    { offeredContexts },
  )
  const presence = createPresence(components, { sharedContexts: offeredContexts })
  const rejoiner = createRejoiner({ ...components, ...networkPlace })
  const neighbours = createNeighbours({ ...components, ...networkPlace, rejoiner })
  const invite = createInviter({ ...components, ...networkPlace, rejoiner })

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
  const standingLookups = createStandingLookups({ ...components, standings, checkpoints, view })
  const profileOf = createProfileOf({ standings, standingLookups, catalogue })
  const discoverer = createDiscoverer(
    { ...components, ...networkPlace, catalogue, standings: standingLookups },
    { space: embedder.space, isHeld: index.has },
  )
  const retriever = createRetriever({ ...components, buyer, cache, view, standings })
  const questions = createQuestions(components)
  const doubts = createDoubts({ ...components, questions, library })
  const asker = createAsker(
    { ...components, index, discoverer, retriever, doubts, standings, cache },
    embedder,
  )
  const answers = createAnswers(components, options)

  const contents = createSaleContents({ ...components, library, view })
  const server = {
    ...withCappedSearch(createSearchServer({ ...components, library, index }), serving),
    ...withCappedSales(
      createSingleSeller(
        { ...components, contents, books, checkCertificate },
        { onAcknowledged: ledger.bookkeeper.claimSoon },
      ),
      serving,
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
    { onTraded: ledger.bookkeeper.claimSoon, standing: checkpoints.standing },
  )

  const handlers: NetworkHandlers = {
    onSearch: server.search,
    ...withCappedSessions(sessionSeller, serving),
    onLog: ledger.archivist.page,
    onHolders: createHolders({ identity, library, catalogue }),
    onAnnounced: announcements.onAnnounced,
    onDescriptors: announcements.onDescriptors,
    onGossip: gossip.judge,
    onLinkOpened(peerId) {
      announcements.learnFrom(peerId)
      void buyer.meetAgain(peerId).catch(() => undefined)
    },
  }

  return {
    networkState,
    handlers,
    ledger,
    status,
    heldPassages,
    announcedPassages,
    models,
    catalogue,
    gossip,
    cache,
    library,
    serving,
    offeredContexts,
    announcements,
    presence,
    neighbours,
    standingLookups,
    profileOf,
    rejoiner,
    invite,
    buyer,
    asker,
    answers,
    questions,
    server,
  }
}
