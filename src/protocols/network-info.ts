import * as v from 'valibot'
import { parsePeerId, type PeerId } from '../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import { genesisToJson, parseGenesis } from '../domain/ledger/genesis-json.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'

/** Where a server publishes what a peer must know to join its network. */
export const NETWORK_INFO_PATH = '/.well-known/loremesh.json'

/** A STUN or TURN server, as `RTCPeerConnection` takes it. */
export interface IceServer {
  readonly urls: string
  readonly username?: string | undefined
  readonly credential?: string | undefined
}

/** What a peer must know to join a network. */
export interface NetworkInfo {
  readonly genesis: Genesis
  /** Protocol ids that the server speaks. */
  readonly protocols: readonly string[]
  /** Multiaddrs of relays, each ending in `/p2p/<peer id>`. */
  readonly bootstrap: readonly string[]
  readonly trackers: readonly PeerId[]
  /** Multiaddrs of the authorities, each ending in `/p2p/<peer id>`. One whose address is unknown is missing. */
  readonly authorities: readonly string[]
  readonly iceServers: readonly IceServer[]
  /** True when peers may dial private and loopback addresses: in development and tests. */
  readonly allowPrivateAddresses: boolean
}

const text = v.pipe(v.string(), v.maxLength(1_000))
const texts = v.pipe(v.array(text), v.maxLength(64))
const schema = v.object({
  genesis: v.pipe(v.unknown(), v.transform(parseGenesis)),
  protocols: texts,
  bootstrap: v.pipe(texts, v.minLength(1)),
  trackers: v.pipe(v.array(v.pipe(text, v.transform(parsePeerId))), v.maxLength(64)),
  authorities: texts,
  iceServers: v.pipe(
    v.array(v.object({ urls: text, username: v.optional(text), credential: v.optional(text) })),
    v.maxLength(16),
  ),
  allowPrivateAddresses: v.boolean(),
})

/** JSON form, as served under `NETWORK_INFO_PATH`. */
export function networkInfoToJson(info: NetworkInfo): object {
  return { ...info, genesis: genesisToJson(info.genesis) }
}

/** Reads the JSON form; throws `bad-input`. Unknown fields are left aside, so that servers may say more. */
export function parseNetworkInfo(json: unknown): NetworkInfo {
  try {
    return v.parse(schema, json)
  } catch (error) {
    if (!v.isValiError(error)) throw toLoremeshError(error)
    throw new LoremeshError(
      'bad-input',
      `The server's network description is malformed: ${error.message}`,
      'Check that the address belongs to a Loremesh server',
    )
  }
}
