import { base58 } from '@scure/base'
import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'

declare const account: unique symbol
/** A ledger account: the raw 32-byte Ed25519 public key. */
export type Account = Uint8Array & { readonly [account]: true }

declare const peerId: unique symbol
/** A libp2p peer id in its base58 form, `12D3KooW…`: the same key as the account, as the network writes it. */
export type PeerId = string & { readonly [peerId]: true }

export const ACCOUNT_BYTES = 32
/** Identity multihash (0x00, 36 bytes) of the protobuf {type: Ed25519 (1), data: 32 bytes}; libp2p peer-ids specification. */
const PEER_ID_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

/** The account of 32 raw public-key bytes; throws `bad-input` for another length. */
export function toAccount(publicKey: Uint8Array): Account {
  if (publicKey.length !== ACCOUNT_BYTES) {
    throw new LoremeshError('bad-input', `An account has ${ACCOUNT_BYTES} bytes, not ${publicKey.length}`)
  }
  return publicKey as Account
}

/** The libp2p peer id of an account. */
export function accountToPeerId(key: Account): PeerId {
  const bytes = new Uint8Array(PEER_ID_PREFIX.length + key.length)
  bytes.set(PEER_ID_PREFIX)
  bytes.set(key, PEER_ID_PREFIX.length)
  return base58.encode(bytes) as PeerId
}

/** The account of an Ed25519 peer id; throws `bad-input` for any other text. */
export function peerIdToAccount(id: string): Account {
  let bytes: Uint8Array
  try {
    bytes = base58.decode(id)
  } catch (cause) {
    throw new LoremeshError('bad-input', `"${id.slice(0, 80)}" is not a peer id`, '', { cause })
  }
  const head = bytes.subarray(0, PEER_ID_PREFIX.length)
  if (bytes.length !== PEER_ID_PREFIX.length + ACCOUNT_BYTES || !bytesEqual(head, PEER_ID_PREFIX)) {
    throw new LoremeshError('bad-input', `"${id.slice(0, 80)}" is not an Ed25519 peer id`)
  }
  return toAccount(bytes.slice(PEER_ID_PREFIX.length))
}

/** The peer id of a text that is one; throws `bad-input` otherwise. */
export function parsePeerId(id: string): PeerId {
  return accountToPeerId(peerIdToAccount(id))
}

/** The last six characters, enough to tell peers on screen apart. */
export function shortPeerId(id: PeerId): string {
  return id.slice(-6)
}
