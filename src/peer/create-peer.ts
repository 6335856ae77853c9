import { createWritable } from '../domain/kernel/readable.ts'
import { verifyReceipt } from '../domain/ledger/verify-receipt.ts'
import type { ProviderRecord } from '../ports/context-routing.ts'
import type { SourceFile } from '../ports/document-parser.ts'
import type { NetworkState } from '../ports/network.ts'
import { composePeer, type CompositionOptions } from './compose-peer.ts'
import type { PeerComponents } from './peer-components.ts'
import type { Peer } from './peer.ts'
import type { Buyer } from './purchase.ts'
import type { SingleSeller } from './sell-once.ts'
import type { SearchServer } from './serve-search.ts'
import { createWakeWatch, type Sleep } from './wake-watch.ts'

export interface PeerOptions extends CompositionOptions {
  /** Documents that come with the app; searched, never shared. */
  readonly guide?: readonly SourceFile[]
  /** A time in which the peer that ran here before was stopped and not closed. */
  readonly sleptBefore?: Sleep
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
  /** Lets others know that it goes; to be called when there is no time to close it. */
  leave(): void
  /** Looks whether it was asleep, and comes back if it was; to be called when there is a sign of waking. */
  checkAwake(): void
  /** Claims everything that was earned, also in sessions under way: the page is hidden and may not come back. */
  claimEverything(): Promise<void>
}

const LISTED_PEERS = 100
/** Peers, and time to find them, for a self-test where nobody is linked. */
const LISTED_CANDIDATES = 8
const LISTING_MS = 3_000

/**
 * Builds a peer of its components, starts it, and resolves as soon as it is known what the library holds; a large one is
 * found little by little after that.
 */
export async function createPeer(
  components: PeerComponents,
  options: PeerOptions = {},
): Promise<RunningPeer> {
  const { identity, genesis, network, routing } = components
  const parts = composePeer(components, options)
  const { ledger, networkState, library, presence, serving } = parts
  const { view, archivist, wallet, bookkeeper } = ledger
  const lastSleep = createWritable(options.sleptBefore)
  const wakeWatch = createWakeWatch(components, { onWake })

  /** Follows the network; the first moment at which others can be reached is the moment to look for some. */
  function followNetwork(state: NetworkState): void {
    const before = networkState.get().phase
    networkState.set(state)
    const foundServer = reachesServer(state.phase) && !reachesServer(before)
    if (foundServer) {
      bookkeeper.comeBack()
      void archivist.catchUp()
    }
    if (foundServer || (reachesAnybody(state.phase) && !reachesAnybody(before))) {
      void meetOthers().catch(() => undefined)
    }
  }

  async function meetOthers(): Promise<void> {
    await presence.announce()
    await parts.neighbours.seek()
    await parts.gossip.announceContexts(await parts.offeredContexts())
  }

  /** After a sleep every connection is suspect, and others have forgotten this peer. */
  function onWake(sleep: Sleep): void {
    lastSleep.set(sleep)
    bookkeeper.comeBack()
    void archivist.catchUp()
    void network
      .recheck()
      .then(meetOthers)
      .catch(() => undefined)
  }

  /** What can be had here changes with every pause. */
  function followServing(): void {
    let wasPaused = serving.isPaused()
    serving.state.subscribe(({ pause }) => {
      const isPaused = pause !== undefined
      if (isPaused !== wasPaused) presence.announceSoon()
      wasPaused = isPaused
    })
  }

  let stopPublishing: () => void = () => undefined

  async function start(): Promise<void> {
    const { checkpoints, forkWatch } = ledger
    await components.embedder.load()
    await parts.cache.start()
    if (options.guide !== undefined) await library.addGuide(options.guide)
    await library.start()
    await parts.catalogue.start()
    await checkpoints.start()
    await forkWatch.start()
    checkpoints.newest.subscribe((newest) => newest && forkWatch.learn(newest))
    await wallet.refresh()
    ledger.upkeep.start()
    void parts.models.start()
    await serving.start()
    followServing()
    network.state.subscribe(followNetwork)
    await network.start(parts.handlers)
    stopPublishing = parts.standingLookups.start()
    await parts.rejoiner.start()
    ledger.listening.start()
    ledger.failures.inBackground(bookkeeper.whenPrepared())
  }

  async function close(): Promise<void> {
    ledger.failures.stop()
    // A page that goes has time for little more than this.
    const rejoinerStopped = parts.rejoiner.stop()
    const libraryStopped = library.stop()
    components.parser.close()
    components.splitter.close()
    parts.announcements.stop()
    presence.stop()
    stopPublishing()
    wakeWatch.stop()
    const servingStopped = serving.stop()
    parts.neighbours.stop()
    ledger.checkpoints.stop()
    ledger.upkeep.stop()
    ledger.listening.stop()
    await bookkeeper.stop()
    ledger.authorities.stop()
    await archivist.stop()
    await rejoinerStopped
    await network.stop()
    await parts.models.close()
    await components.embedder.dispose()
    components.tokenizer.close()
    await libraryStopped
    await servingStopped
    await parts.cache.stop()
    parts.heldPassages.close()
    parts.announcedPassages.close()
    const { contextStore, ingestQueue, ledgerStore } = components
    await Promise.all([contextStore.close(), ingestQueue.close(), ledgerStore.close()])
  }

  await start()

  return {
    peerId: identity.peerId,
    status: parts.status,
    network: networkState,
    profileOf: parts.profileOf,
    authorities: ledger.authorities.state,
    wallet: wallet.state,
    tariff: view.tariff,
    library,
    cache: parts.cache,
    serving,
    lastSleep,
    archive: archivist.state,
    keepLedger: archivist.keep,
    models: parts.models,
    server: parts.server,
    buyer: parts.buyer,
    whenPrepared: bookkeeper.whenPrepared,
    announce: presence.announce,
    listPeers: () => routing.listPeers(LISTED_PEERS),
    settle: bookkeeper.settle,
    leave: network.leave,
    checkAwake: wakeWatch.check,
    claimEverything: bookkeeper.claimEverything,
    async ask(question, askOptions) {
      const answer = await parts.cache.answering(() => parts.asker.ask(question, askOptions))
      await wallet.refresh()
      return answer
    },
    answers: parts.answers,
    questions: parts.questions,
    invite: parts.invite,
    async selfTest(testOptions) {
      const candidates = await routing
        .listPeers(LISTED_CANDIDATES, components.clock.deadline(LISTING_MS, testOptions?.signal))
        .catch(() => [])
      const others = candidates.filter(({ peerId }) => peerId !== identity.peerId)
      return network.selfTest({ ...testOptions, candidates: others })
    },
    verifyReceipt(text) {
      const asOf = { checkpoint: view.moment().checkpoint, removals: view.removals() }
      return verifyReceipt(text, genesis, components.signatureVerifier, asOf)
    },
    close,
  }
}

function reachesAnybody(phase: NetworkState['phase']): boolean {
  return phase === 'peers-only' || reachesServer(phase)
}

function reachesServer(phase: NetworkState['phase']): boolean {
  return phase === 'relay-only' || phase === 'connected'
}
