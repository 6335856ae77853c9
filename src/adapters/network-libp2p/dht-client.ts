import { lpStream } from '@libp2p/utils'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { closestTo, estimateServers, placeOf } from '../../domain/network/key-space.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Randomness } from '../../ports/randomness.ts'
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
} from '../../protocols/kad.ts'
import { toNetworkError } from './abortable.ts'
import { toLibp2pPeerId, toPeerId } from './addresses.ts'
import type { DhtServer } from './dht-announcer.ts'
import type { PeerNode } from './start-libp2p.ts'

/** A look-up that is not over by then gives what answered. */
const LOOK_UP_MS = 3_000
const ASK_MS = 3_000
/** Records sent before the server is asked whether it keeps them. */
const RECORDS_A_PART = 64
/** Servers take 256 KiB a second of one peer; a part has at most 50. */
const PAUSE_MS = 200
/** Addresses in one record. */
const MAX_ADDRESSES = 4

/** A peer that provides something, as a server knows it. */
export interface FoundProvider {
  readonly peerId: PeerId
  readonly addresses: readonly string[]
}

/** What this peer asks of the servers of the DHT. */
export interface DhtClient {
  /** The servers closest to a key that answer. */
  lookUp(key: Uint8Array, signal: AbortSignal): Promise<readonly DhtServer[]>
  /** Has a server keep records that this peer provides what has these keys, and makes sure that it does. */
  store(server: PeerId, keys: readonly Uint8Array[], signal: AbortSignal): Promise<void>
  /** Providers of a context, a server's answer at a time. */
  providers(contextHash: ContextHash, signal: AbortSignal): AsyncIterable<readonly FoundProvider[]>
  /** About how many servers there are besides this peer: 0 while none is known. */
  countServers(): Promise<number>
}

/** The client of a node. */
export function createDhtClient({
  node,
  clock,
  randomness,
}: {
  readonly node: PeerNode
  readonly clock: Pick<Clock, 'deadline' | 'sleep'>
  readonly randomness: Randomness
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

  async function ask(
    messages: ReturnType<typeof lpStream>,
    request: Uint8Array,
    signal: AbortSignal,
  ): Promise<KadAnswer> {
    await messages.write(request, { signal })
    return parseKadAnswer((await messages.read({ signal })).subarray())
  }

  return {
    async lookUp(key, signal) {
      const deadline = clock.deadline(LOOK_UP_MS, signal)
      const answering = new Map<PeerId, DhtServer>()
      try {
        for await (const event of dht.kad.getClosestPeers(key, { signal: deadline })) {
          if (event.name !== 'PEER_RESPONSE') continue
          const peerId = toPeerId(event.from)
          answering.set(peerId, { peerId, place: placeOf(event.from.toMultihash().bytes) })
        }
      } catch (error) {
        signal.throwIfAborted()
        if (answering.size === 0) throw toNetworkError(error, 'Looking up servers of the DHT')
      }
      return closestTo(placeOf(key), [...answering.values()], KAD_BUCKET_SIZE)
    },
    store: (server, keys, signal) =>
      withStream(server, signal, async (messages) => {
        const addresses = node.getMultiaddrs().slice(0, MAX_ADDRESSES)
        const provider = { id: ownId, addresses: addresses.map(({ bytes }) => bytes) }
        for (let from = 0; from < keys.length; from += RECORDS_A_PART) {
          if (from > 0) await clock.sleep(PAUSE_MS, signal)
          const part = keys.slice(from, from + RECORDS_A_PART)
          const last = part.at(-1) ?? new Uint8Array()
          await messages.writeV(
            part.map((key) => encodeAddProvider(key, provider)),
            { signal },
          )
          // A server takes records without a word; it answers this once it has been through all of them.
          const answer = await ask(messages, encodeGetProviders(last), signal)
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
    async countServers() {
      const key = randomness.bytes(32)
      const target = placeOf(key)
      const [contact] = dht.closest(target)
      if (contact === undefined) return 0
      const signal = clock.deadline(ASK_MS)
      const { closer } = await withStream(toPeerId(contact), signal, (messages) =>
        ask(messages, encodeFindNode(key), signal),
      )
      const servers = [contact.toMultihash().bytes, ...closer].map((id) => ({ place: placeOf(id) }))
      const closest = closestTo(target, servers, KAD_BUCKET_SIZE).map(({ place }) => place)
      return estimateServers(target, closest, KAD_BUCKET_SIZE)
    },
  }
}
