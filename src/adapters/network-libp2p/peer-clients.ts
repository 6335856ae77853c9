import type { Connection } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import { parseDescriptor } from '../../domain/content/descriptor-codec.ts'
import { isLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Network } from '../../ports/network.ts'
import {
  ANNOUNCEMENTS_PROTOCOL,
  encodeAnnouncementsRequest,
  MAX_ANNOUNCEMENTS_ANSWER_BYTES,
  parseAnnouncedDescriptors,
  parseAnnouncedList,
  type AnnouncementsRequest,
} from '../../protocols/announcements.ts'
import { FETCH_PROTOCOL } from '../../protocols/fetch.ts'
import { MAX_LEDGER_ANSWER_BYTES } from '../../protocols/ledger-replies.ts'
import { LEDGER_PROTOCOL } from '../../protocols/ledger.ts'
import { MAX_PEERS_ANSWER_BYTES, PEERS_PROTOCOL } from '../../protocols/peers.ts'
import {
  encodeSearchRequest,
  MAX_SEARCH_ANSWER_BYTES,
  parseSearchAnswer,
  SEARCH_PROTOCOL,
} from '../../protocols/search.ts'
import { MAX_TRACKER_ANSWER_BYTES, TRACKER_PROTOCOL } from '../../protocols/tracker.ts'
import { abortable } from './abortable.ts'
import { createFetchClient } from './fetch-client.ts'
import type { NetworkLimits } from './limits.ts'
import { openRequester } from './requester.ts'
import { createStreamPool } from './stream-pool.ts'

type Ask = (peerId: PeerId, body: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>

/** The asking side of every protocol. */
export interface PeerClients extends Pick<
  Network,
  'search' | 'listAnnounced' | 'getDescriptors' | 'openSession' | 'take' | 'sendVoucher'
> {
  readonly askTracker: Ask
  readonly askAuthority: Ask
  /** Asks a linked peer about others. */
  readonly askPeer: Ask
  /** Lets go of a connection as soon as nothing is under way on it. */
  retire(connection: Connection): void
}

/** Clients that keep one stream a peer and protocol. */
export function createPeerClients(
  components: {
    readonly bestConnection: (peerId: PeerId) => Connection | undefined
    readonly clock: Pick<Clock, 'deadline' | 'every'>
    /** Connects to a server that is not connected, if its address is known. */
    readonly connectServer: (peerId: PeerId) => Promise<unknown>
    readonly touch: (peerId: PeerId) => void
  },
  limits: NetworkLimits,
): PeerClients {
  const { bestConnection, clock, connectServer, touch } = components
  const withinTime = (signal?: AbortSignal) => clock.deadline(limits.answerTimeoutMs, signal)

  const poolParts = { bestConnection, openingDeadline: () => withinTime() }
  const requesters = (protocol: string, maxAnswerBytes: number) =>
    createStreamPool(
      { ...poolParts, openSession: (stream) => openRequester(stream, maxAnswerBytes) },
      { protocol },
    )
  const searches = requesters(SEARCH_PROTOCOL, MAX_SEARCH_ANSWER_BYTES)
  const trackers = requesters(TRACKER_PROTOCOL, MAX_TRACKER_ANSWER_BYTES)
  const authorities = requesters(LEDGER_PROTOCOL, MAX_LEDGER_ANSWER_BYTES)
  const peers = requesters(PEERS_PROTOCOL, MAX_PEERS_ANSWER_BYTES)
  const announcements = requesters(ANNOUNCEMENTS_PROTOCOL, MAX_ANNOUNCEMENTS_ANSWER_BYTES)
  const fetches = createStreamPool(
    { ...poolParts, openSession: (stream) => createFetchClient(stream, { clock }, limits) },
    { protocol: FETCH_PROTOCOL },
  )

  function askServer(pool: typeof trackers): Ask {
    return async (peerId, body, signal) => {
      const deadline = withinTime(signal)
      if (bestConnection(peerId) === undefined) await abortable(connectServer(peerId), deadline)
      const requester = await pool.get(peerId, deadline)
      return requester.request(body, deadline)
    }
  }

  async function askAnnounced(
    peerId: PeerId,
    request: AnnouncementsRequest,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const deadline = withinTime(signal)
    const requester = await announcements.get(peerId, deadline)
    return requester.request(encodeAnnouncementsRequest(request), deadline)
  }

  async function sendVoucher(
    ...[peerId, reserve, voucher, signal]: Parameters<Network['sendVoucher']>
  ): Promise<void> {
    touch(peerId)
    const deadline = withinTime(signal)
    const client = await fetches.get(peerId, deadline)
    return client.sendVoucher(reserve, voucher, deadline)
  }

  return {
    async search(peerId, request, signal) {
      touch(peerId)
      const deadline = withinTime(signal)
      const requester = await searches.get(peerId, deadline)
      const answer = await requester.request(encodeSearchRequest(request), deadline)
      return parseSearchAnswer(answer)
        .slice(0, request.limit)
        .map(({ descriptorWire, snippet, termCounts }) => ({
          descriptor: parseDescriptor(descriptorWire),
          snippet,
          termCounts,
        }))
    },
    listAnnounced: async (peerId, signal) =>
      parseAnnouncedList(await askAnnounced(peerId, { type: 'list' }, signal)),
    getDescriptors: async (peerId, wanted, signal) =>
      parseAnnouncedDescriptors(await askAnnounced(peerId, { type: 'descriptors', ...wanted }, signal)),
    async openSession(peerId, opening, signal) {
      touch(peerId)
      const deadline = withinTime(signal)
      const client = await fetches.get(peerId, deadline)
      return client.openSession(opening, deadline)
    },
    async take(peerId, request, signal) {
      touch(peerId)
      const deadline = withinTime(signal)
      const client = await fetches.get(peerId, deadline)
      const taken = await client.take(request, { quote: deadline, delivery: signal })
      return {
        ...taken,
        async pay(voucher) {
          try {
            taken.pay(voucher)
          } catch (error) {
            // The stream was closed, perhaps for a better connection, but it is still owed.
            if (!isLoremeshError(error, 'not-connected')) throw error
            await sendVoucher(peerId, request.reserve, voucher, signal)
          }
        },
      }
    },
    sendVoucher,
    askTracker: askServer(trackers),
    askAuthority: askServer(authorities),
    async askPeer(peerId, body, signal) {
      const deadline = withinTime(signal)
      const requester = await peers.get(peerId, deadline)
      return requester.request(body, deadline)
    },
    retire(connection) {
      for (const pool of [searches, trackers, authorities, peers, announcements, fetches])
        pool.retire(connection)
    },
  }
}
