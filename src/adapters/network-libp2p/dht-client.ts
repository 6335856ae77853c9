import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import { placeOf, spreadKeys } from '../../domain/network/key-space.ts'
import type { Clock } from '../../ports/clock.ts'
import {
  contextKey,
  encodeAddProvider,
  encodeFindNode,
  encodeGetProviders,
  KAD_PROTOCOL,
  MAX_KAD_ANSWER_BYTES,
  namesProvider,
  parseKadAnswer,
  type KadAnswer,
  type KadPeer,
} from '../../protocols/kad.ts'
import { toNetworkError } from './abortable.ts'
import { toLibp2pPeerId, toPeerId } from './addresses.ts'
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
interface FoundProvider {
  readonly peerId: PeerId
  readonly addresses: readonly string[]
}

/** What this peer asks of the servers of the DHT. */
export interface DhtClient {
  /** The servers that linked ones know, these included; no more than eight in each eighth of the key space. */
  listServers(signal: AbortSignal): Promise<readonly DhtServer[]>
  /** Has a server keep records that this peer provides what has these keys, and makes sure that it does. */
  store(server: PeerId, keys: readonly Uint8Array[], signal: AbortSignal): Promise<void>
  /** Providers of a context, a server's answer at a time. */
  providers(contextHash: ContextHash, signal: AbortSignal): AsyncIterable<readonly FoundProvider[]>
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
    server: PeerId,
    signal: AbortSignal,
    run: (messages: ReturnType<typeof lpStream>) => Promise<T>,
  ): Promise<T> {
    try {
      const stream = await node.dialProtocol(toLibp2pPeerId(server), KAD_PROTOCOL, { signal })
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

  /** Keeps the addresses of a server that another one named; gives its id. */
  async function remember({ id, addresses }: KadPeer): Promise<Libp2pPeerId> {
    const peerId = peerIdFromMultihash(Digest.decode(id))
    const multiaddrs = addresses.slice(0, MAX_ADDRESSES).map((address) => multiaddr(address))
    await node.peerStore.merge(peerId, { multiaddrs })
    return peerId
  }

  async function readAnswer(messages: ReturnType<typeof lpStream>, signal: AbortSignal): Promise<KadAnswer> {
    return parseKadAnswer((await messages.read({ signal })).subarray())
  }

  return {
    async listServers(signal) {
      const deadline = clock.deadline(ASK_MS, signal)
      const known = new Map<PeerId, DhtServer>()
      const note = (id: Libp2pPeerId): void => {
        if (id.type !== 'Ed25519' || id.equals(node.peerId)) return
        known.set(toPeerId(id), { peerId: toPeerId(id), place: placeOf(id.toMultihash().bytes) })
      }
      const contacts = dht.closest(placeOf(ownId)).slice(0, ASKED_CONTACTS)
      contacts.forEach(note)
      const answers = await Promise.allSettled(
        contacts.map((contact) =>
          withStream(toPeerId(contact), deadline, async (messages) => {
            await messages.writeV(surveyKeys.map(encodeFindNode), { signal: deadline })
            for (let missing = surveyKeys.length; missing > 0; missing--) {
              const { closer } = await readAnswer(messages, deadline)
              for (const peer of closer) note(await remember(peer))
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
    async *providers(contextHash, signal) {
      const cid = CID.createV1(raw.code, Digest.decode(contextKey(contextHash)))
      for await (const event of dht.kad.findProviders(cid, { signal })) {
        if (event.name !== 'PROVIDER') continue
        yield event.providers
          .filter(({ id }) => id.type === 'Ed25519')
          .map(({ id, multiaddrs }) => ({
            peerId: toPeerId(id),
            addresses: multiaddrs.map((address) => address.toString()),
          }))
      }
    },
  }
}
