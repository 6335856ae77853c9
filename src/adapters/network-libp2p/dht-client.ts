import { peerIdFromMultihash, peerIdFromString } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import * as Digest from 'multiformats/hashes/digest'
import type { ContextHash } from '../../domain/content/context-hash.ts'
import { parsePeerId, type PeerId } from '../../domain/identity/account.ts'
import { bytesEqual } from '../../domain/kernel/bytes.ts'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import { placeOf, spreadKeys } from '../../domain/network/key-space.ts'
import type { Clock } from '../../ports/clock.ts'
import {
  contextKey,
  encodeAddProvider,
  encodeFindNode,
  encodeGetProviders,
  KAD_BUCKET_SIZE,
  KAD_PROTOCOL,
  MAX_KAD_ANSWER_BYTES,
  namesProvider,
  parseKadAnswer,
  type KadAnswer,
  type KadPeer,
} from '../../protocols/kad.ts'
import { toNetworkError } from './abortable.ts'
import { toLibp2pPeerId, toPeerId, withPeerId } from './addresses.ts'
import type { DhtServer } from './dht-announcer.ts'
import type { PeerNode } from './start-libp2p.ts'

const ASK_MS = 5_000
/** Linked servers that are asked for others: one may know less, or lie. */
const ASKED_CONTACTS = 2
const surveyKeys = spreadKeys(8)
/** Records sent before the server is asked whether it keeps them. */
const RECORDS_A_PART = 64
/** Servers take 256 KiB a second of one peer; a part has at most 50. */
const PAUSE_MS = 200
/** Addresses of one peer in a record, or in an answer. */
const MAX_ADDRESSES = 4

/** A peer that provides something, as a server knows it. */
export interface FoundProvider {
  readonly peerId: PeerId
  readonly addresses: readonly string[]
}

/** What a server says of a context. */
interface DhtAnswer {
  readonly providers: readonly FoundProvider[]
  /** Servers that are closer to it, as far as this one knows. */
  readonly closer: readonly DhtServer[]
}

/** What this peer asks of the servers of the DHT. */
export interface DhtClient {
  /** The linked servers that are closest to a place in the key space, closest first. */
  contacts(place: Uint8Array): readonly DhtServer[]
  /** The servers that linked ones know, these included; no more than eight in each eighth of the key space. */
  listServers(signal: AbortSignal): Promise<readonly DhtServer[]>
  /** Has a server keep records that this peer provides what has these keys, and makes sure that it does. */
  store(server: DhtServer, keys: readonly Uint8Array[], signal: AbortSignal): Promise<void>
  /** Asks a server who provides a context, and who may know more. */
  ask(server: DhtServer, contextHash: ContextHash, signal: AbortSignal): Promise<DhtAnswer>
  /** Providers of a context that others had this peer note, when it is a server. */
  kept(contextHash: ContextHash): Promise<readonly FoundProvider[]>
}

/** The client of a node. */
export function createDhtClient({
  node,
  clock,
}: {
  readonly node: PeerNode
  readonly clock: Pick<Clock, 'deadline' | 'sleep'>
}): DhtClient {
  const { dht } = node.services
  const ownId = node.peerId.toMultihash().bytes

  /** Runs an exchange over one stream of the DHT's protocol. */
  async function withStream<T>(
    server: DhtServer,
    signal: AbortSignal,
    run: (messages: ReturnType<typeof lpStream>) => Promise<T>,
  ): Promise<T> {
    try {
      const stream = await node.dialProtocol(whereIs(server), KAD_PROTOCOL, { signal })
      try {
        const result = await run(lpStream(stream, { maxDataLength: MAX_KAD_ANSWER_BYTES }))
        await stream.close({ signal })
        return result
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)))
        throw error
      }
    } catch (error) {
      throw toNetworkError(error, 'Asking a server of the DHT')
    }
  }

  /** A server's id where that is enough to reach it, else the addresses that others told. */
  function whereIs({ peerId, addresses }: DhtServer): Parameters<PeerNode['dialProtocol']>[0] {
    const id = toLibp2pPeerId(peerId)
    if (addresses.length === 0 || node.getConnections(id).length > 0) return id
    return addresses.map((address) => withPeerId(multiaddr(address), peerId))
  }

  async function readAnswer(messages: ReturnType<typeof lpStream>, signal: AbortSignal): Promise<KadAnswer> {
    return parseKadAnswer((await messages.read({ signal })).subarray())
  }

  /** The servers that an answer names, but for this peer. */
  function serversIn({ closer }: KadAnswer): readonly DhtServer[] {
    const others = closer.slice(0, KAD_BUCKET_SIZE).filter(({ id }) => !bytesEqual(id, ownId))
    return readEach(others, toServer)
  }

  const contacts: DhtClient['contacts'] = (place) =>
    dht.closest(place).map((id) => ({
      peerId: toPeerId(id),
      place: placeOf(id.toMultihash().bytes),
      addresses: [],
    }))

  return {
    contacts,
    async listServers(signal) {
      const deadline = clock.deadline(ASK_MS, signal)
      const asked = contacts(placeOf(ownId)).slice(0, ASKED_CONTACTS)
      const known = new Map(asked.map((server) => [server.peerId, server]))
      const answers = await Promise.allSettled(
        asked.map((contact) =>
          withStream(contact, deadline, async (messages) => {
            await messages.writeV(surveyKeys.map(encodeFindNode), { signal: deadline })
            for (let missing = surveyKeys.length; missing > 0; missing--) {
              for (const server of serversIn(await readAnswer(messages, deadline))) {
                if (!known.has(server.peerId)) known.set(server.peerId, server)
              }
            }
          }),
        ),
      )
      if (signal.aborted) throw toLoremeshError(signal.reason)
      const [failure] = answers.filter((answer) => answer.status === 'rejected')
      if (failure !== undefined && answers.every(({ status }) => status === 'rejected')) throw failure.reason
      return [...known.values()]
    },
    store: (server, keys, signal) =>
      withStream(server, signal, async (messages) => {
        const addresses = node.getMultiaddrs().slice(0, MAX_ADDRESSES)
        const provider = { id: ownId, addresses: addresses.map(({ bytes }) => bytes) }
        for (let from = 0; from < keys.length; from += RECORDS_A_PART) {
          if (from > 0) await clock.sleep(PAUSE_MS, signal)
          const part = keys.slice(from, from + RECORDS_A_PART)
          const last = part.at(-1) ?? new Uint8Array()
          // A server takes records without a word; it answers the question once it has been through all of them.
          const records = part.map((key) => encodeAddProvider(key, provider))
          await messages.writeV([...records, encodeGetProviders(last)], { signal })
          const answer = await readAnswer(messages, signal)
          if (!namesProvider(answer, ownId)) {
            throw new LoremeshError('unavailable', 'The server of the DHT does not keep the record')
          }
        }
      }),
    ask: (server, contextHash, signal) =>
      withStream(server, signal, async (messages) => {
        await messages.write(encodeGetProviders(contextKey(contextHash)), { signal })
        const answer = await readAnswer(messages, signal)
        return { providers: readEach(answer.providers, toProvider), closer: serversIn(answer) }
      }),
    async kept(contextHash) {
      const known = dht.records.providersOf(contextKey(contextHash)).map(async (peerId) => {
        const { multiaddrs } = await node.peerStore.getInfo(peerIdFromString(peerId))
        return foundAt(parsePeerId(peerId), multiaddrs)
      })
      const found = await Promise.allSettled(known)
      return found.flatMap((provider) => (provider.status === 'fulfilled' ? [provider.value] : []))
    },
  }
}

/** What `read` makes of each peer in an answer; what is no peer of this network is left out and spoils no other's record. */
function readEach<T>(peers: readonly KadPeer[], read: (peer: KadPeer) => T): readonly T[] {
  return peers.flatMap((peer) => {
    try {
      return [read(peer)]
    } catch {
      return []
    }
  })
}

function toServer({ id, addresses }: KadPeer): DhtServer {
  return { peerId: readPeerId(id), place: placeOf(id), addresses: addresses.slice(0, MAX_ADDRESSES) }
}

function toProvider({ id, addresses }: KadPeer): FoundProvider {
  const named = addresses.slice(0, MAX_ADDRESSES).map((address) => multiaddr(address))
  return foundAt(readPeerId(id), named)
}

function foundAt(peerId: PeerId, addresses: readonly Multiaddr[]): FoundProvider {
  return { peerId, addresses: addresses.map((address) => withPeerId(address, peerId).toString()) }
}

/** Throws for what is no Ed25519 id. */
function readPeerId(id: Uint8Array): PeerId {
  return toPeerId(peerIdFromMultihash(Digest.decode(id)))
}
