import type { Account } from '../identity/account.ts'
import { bytesToHexText } from '../kernel/bytes.ts'
import type { Certificate, CertifiedEntry } from '../ledger/certificate.ts'
import { proveDoubleVote } from '../ledger/double-vote.ts'
import { isSpend, type EntryHash, type SignedEntry } from '../ledger/entry.ts'
import { proveFork, type SeenEntry } from '../ledger/fork-proof.ts'
import type { FraudProof } from '../ledger/fraud-proof.ts'

/** How much is remembered. */
interface SeenLimits {
  /** Accounts of which an entry is certified. */
  readonly accounts: number
  /** Accounts of which none is, as far as is known here: anybody can make as many as they like. */
  readonly newcomers: number
  /** Places of one account: so far behind and ahead of its newest certified entry. */
  readonly window: number
  /** Entries at one place. Two spends are a fork, so these are non-spends that were refused, and one spend. */
  readonly perSlot: number
  /** Entries altogether, of about 1 KB each. */
  readonly entries: number
}

const LIMITS: SeenLimits = { accounts: 4_096, newcomers: 1_024, window: 8, perSlot: 4, entries: 16_384 }

/** What one more entry or certificate shows, together with what was seen before. */
export interface Sighting {
  /** True when it was not remembered before, and is now. */
  readonly isNew: boolean
  /** An entry that is final now: the last of entry and certificate came. */
  readonly certified: CertifiedEntry | undefined
  readonly frauds: readonly FraudProof[]
}

/**
 * The newest entries of every account and their certificates, in whatever order they come, and what they prove together.
 * The caller has verified their signatures.
 *
 * Memory is bounded. Only places near an account's newest certified entry are remembered, so that an account can't push
 * out its own fork by signing nonsense, and accounts without a certified entry have a room of their own, so that
 * thousands of new keys push out nobody.
 */
export interface SeenEntries {
  hasEntry(signed: SignedEntry): boolean
  /** The entry that a certificate is about, while it is remembered. */
  entryOf(certificate: Pick<Certificate, 'account' | 'seq' | 'entryHash'>): SignedEntry | undefined
  hasCertificate(certificate: Pick<Certificate, 'account' | 'seq' | 'entryHash'>): boolean
  /** Whether an entry of the account is known to be certified. */
  isAdmitted(account: Account): boolean
  /** Whether the entry can't become certified, because another one is certified in its place or in that of its parent. */
  isSuperseded(signed: SignedEntry): boolean
  addEntry(signed: SignedEntry): Sighting
  addCertificate(certificate: Certificate): Sighting
}

interface Slot {
  /** In the order in which they came. */
  readonly entries: Map<EntryHash, SignedEntry>
  /** More than one only where authorities cheat. */
  readonly certificates: Map<EntryHash, Certificate>
}

interface Remembered {
  readonly slots: Map<number, Slot>
  /** Seq of the newest certified entry; undefined before the first. */
  head: number | undefined
}

const nothing: Sighting = { isNew: false, certified: undefined, frauds: [] }
const MAX_CERTIFICATES_OF_SLOT = 2

/** Remembers nothing yet. */
export function createSeenEntries(limits = LIMITS): SeenEntries {
  /** The account that was heard of longest ago first, in both. */
  const admitted = new Map<string, Remembered>()
  const newcomers = new Map<string, Remembered>()
  let size = 0

  function find(account: Account): Remembered | undefined {
    const key = bytesToHexText(account)
    return admitted.get(key) ?? newcomers.get(key)
  }

  function slotAt(account: Account, seq: number): Slot | undefined {
    return find(account)?.slots.get(seq)
  }

  /** Makes the account the one that was heard of last, and room for it. */
  function touch(account: Account, remembered: Remembered): void {
    const key = bytesToHexText(account)
    newcomers.delete(key)
    admitted.delete(key)
    const pool = remembered.head === undefined ? newcomers : admitted
    pool.set(key, remembered)
    if (newcomers.size > limits.newcomers) forgetOldest(newcomers)
    if (admitted.size > limits.accounts) forgetOldest(admitted)
    while (size > limits.entries && newcomers.size + admitted.size > 1) {
      forgetOldest(newcomers.size > 0 ? newcomers : admitted)
    }
  }

  function forgetOldest(pool: Map<string, Remembered>): void {
    for (const [key, { slots }] of pool) {
      for (const { entries } of slots.values()) size -= entries.size
      pool.delete(key)
      return
    }
  }

  /** The slot of a place that is worth remembering, empty if it is new. */
  function openSlot({ slots, head }: Remembered, seq: number): Slot | undefined {
    const isNear =
      head === undefined
        ? slots.has(seq) || slots.size < 2 * limits.window
        : seq > head - limits.window && seq <= head + limits.window
    if (!isNear) return undefined
    const slot = slots.get(seq) ?? { entries: new Map(), certificates: new Map() }
    slots.set(seq, slot)
    return slot
  }

  /** Moves the window on: what lies outside of it is forgotten. */
  function advance(remembered: Remembered, seq: number): void {
    if (remembered.head !== undefined && remembered.head >= seq) return
    remembered.head = seq
    for (const [place, { entries }] of remembered.slots) {
      if (place > seq - limits.window && place <= seq + limits.window) continue
      remembered.slots.delete(place)
      size -= entries.size
    }
  }

  /** Forgets the oldest entry that is neither certified nor a spend, when there are too many. */
  function makeRoom({ entries, certificates }: Slot): void {
    if (entries.size <= limits.perSlot) return
    for (const [hash, { entry }] of entries) {
      if (certificates.has(hash) || isSpend(entry)) continue
      entries.delete(hash)
      size--
      return
    }
  }

  return {
    hasEntry: ({ entry, hash }) => slotAt(entry.account, entry.seq)?.entries.has(hash) === true,
    entryOf: ({ account, seq, entryHash }) => slotAt(account, seq)?.entries.get(entryHash),
    hasCertificate: ({ account, seq, entryHash }) =>
      slotAt(account, seq)?.certificates.has(entryHash) === true,
    isAdmitted: (account) => find(account)?.head !== undefined,
    isSuperseded({ entry: { account, seq, prev }, hash }) {
      const own = slotAt(account, seq)?.certificates
      const parents = slotAt(account, seq - 1)?.certificates
      const isOther = own !== undefined && own.size > 0 && !own.has(hash)
      return isOther || (parents !== undefined && parents.size > 0 && prev !== null && !parents.has(prev))
    },
    addEntry(signed) {
      const { account, seq } = signed.entry
      const remembered = find(account) ?? { slots: new Map<number, Slot>(), head: undefined }
      const slot = openSlot(remembered, seq)
      if (slot === undefined || slot.entries.has(signed.hash) || isForked(slot, signed)) return nothing
      const frauds = fraudsOf(slot, signed)
      slot.entries.set(signed.hash, signed)
      size++
      makeRoom(slot)
      touch(account, remembered)
      return { isNew: true, certified: certifiedEntry(slot, signed.hash), frauds }
    },
    addCertificate(certificate) {
      const { account, seq, entryHash } = certificate
      const remembered = find(account) ?? { slots: new Map<number, Slot>(), head: undefined }
      advance(remembered, seq)
      const slot = openSlot(remembered, seq)
      if (slot === undefined || slot.certificates.has(entryHash)) return nothing
      if (slot.certificates.size >= MAX_CERTIFICATES_OF_SLOT) return nothing
      slot.certificates.set(entryHash, certificate)
      touch(account, remembered)
      const signed = slot.entries.get(entryHash)
      const frauds = signed === undefined ? [] : fraudsOf(slot, signed)
      return { isNew: true, certified: certifiedEntry(slot, entryHash), frauds }
    },
  }
}

/** Whether there are two spends at the place already, so that one more, unless it is certified, shows nothing new. */
function isForked({ entries, certificates }: Slot, { hash, entry }: SignedEntry): boolean {
  const spends = [...entries.values()].filter((other) => isSpend(other.entry)).length
  return isSpend(entry) && spends >= 2 && !certificates.has(hash)
}

function seenEntry({ certificates }: Slot, signed: SignedEntry): SeenEntry {
  return { signed, certificate: certificates.get(signed.hash) }
}

function certifiedEntry({ entries, certificates }: Slot, hash: EntryHash): CertifiedEntry | undefined {
  const signed = entries.get(hash)
  const certificate = certificates.get(hash)
  return signed === undefined || certificate === undefined ? undefined : { signed, certificate }
}

/** What an entry proves together with the others at its place. */
function fraudsOf(slot: Slot, signed: SignedEntry): readonly FraudProof[] {
  const own = seenEntry(slot, signed)
  const others = [...slot.entries.values()].filter(({ hash }) => hash !== signed.hash)
  return others.flatMap((other) => {
    const proof = proveFork(own, seenEntry(slot, other))
    const doubleVotes = doubleVotesOf(own, seenEntry(slot, other))
    return proof === undefined ? doubleVotes : [{ type: 'fork-proof', proof }, ...doubleVotes]
  })
}

/** Two certificates at one place name at least f+1 authorities that voted for both. */
function doubleVotesOf(a: SeenEntry, b: SeenEntry): readonly FraudProof[] {
  const votes = b.certificate?.votes ?? []
  return (a.certificate?.votes ?? []).flatMap(({ authority, signature }): FraudProof[] => {
    const vote = votes.find((other) => other.authority === authority)
    if (vote === undefined) return []
    const evidence = proveDoubleVote(
      authority,
      { signed: a.signed, signature },
      { signed: b.signed, signature: vote.signature },
    )
    return evidence === undefined ? [] : [{ type: 'double-vote', evidence }]
  })
}
