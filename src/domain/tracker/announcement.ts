import { MAX_CONTEXT_BYTES, type ContextHash } from '../content/context-hash.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { NEWCOMER_REPUTATION } from '../reputation/newcomer.ts'
import { SET_DIGEST_BYTES, type SetDigest } from './set-digest.ts'

export const MAX_ADDRESSES = 8
export const MAX_ADDRESS_CHARS = 300

/** A context that a peer shares. Titles and tags travel in signed descriptors; a tracker has no use for them. */
export interface AnnouncedContext {
  readonly contextHash: ContextHash
  readonly sizeBytes: number
}

/** What a tracker knows itself of a peer that announces. */
export interface PeerSighting {
  /** Round trip as the tracker measured it; NaN when it did not. */
  readonly latencyMs: number
  /** The network that it announces from: who has one address has many others like it. */
  readonly network: string
  /** From 0 to 1, as the ledger has it. */
  readonly reputation: number
  /** Whether others have paid its account lately. */
  readonly isEstablished: boolean
}

/** A peer of which nothing is known. */
export const unknownPeer: PeerSighting = {
  latencyMs: NaN,
  network: '',
  reputation: NEWCOMER_REPUTATION,
  isEstablished: false,
}

/**
 * A heartbeat: what changed in the shared set since the last one. With `reset` the tracker forgets the old set first, so
 * a set too large for one message is sent as a reset followed by ordinary changes.
 */
export interface Announcement<Id extends string> {
  readonly peerId: Id
  /** Addresses at which the peer can be dialled, as multiaddrs. */
  readonly addresses: readonly string[]
  readonly reset: boolean
  readonly added: readonly AnnouncedContext[]
  readonly removed: readonly ContextHash[]
  /** Digest of the announced set after this change. */
  readonly digest: SetDigest
  readonly seen: PeerSighting
}

/** Checks every size of an announcement that does not depend on the tracker; throws `bad-input`. */
export function assertAnnouncement(announcement: Announcement<string>): void {
  const { addresses, digest } = announcement
  assertLimit(addresses.length <= MAX_ADDRESSES, `At most ${MAX_ADDRESSES} addresses a peer`)
  for (const address of addresses) {
    assertLimit(address.length <= MAX_ADDRESS_CHARS, `An address has at most ${MAX_ADDRESS_CHARS} characters`)
  }
  assertLimit(digest.length === SET_DIGEST_BYTES, `A set digest has ${SET_DIGEST_BYTES} bytes`)
  announcement.added.forEach(assertContext)
}

function assertContext({ sizeBytes }: AnnouncedContext): void {
  assertLimit(
    Number.isInteger(sizeBytes) && sizeBytes > 0 && sizeBytes <= MAX_CONTEXT_BYTES,
    `A context has between 1 and ${MAX_CONTEXT_BYTES} bytes`,
  )
}

function assertLimit(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new LoremeshError('bad-input', rule)
}
