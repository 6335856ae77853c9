import type { Account } from '../src/domain/identity/account.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { bytesEqual } from '../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { AccountState, Payment } from '../src/domain/ledger/account-state.ts'
import { applyEntry, type Transition } from '../src/domain/ledger/apply-entry.ts'
import {
  createCertificate,
  parseCertificate,
  signVote,
  verifyCertificate,
  type Certificate,
} from '../src/domain/ledger/certificate.ts'
import { parseEntry, verifyEntry } from '../src/domain/ledger/entry-codec.ts'
import { MAX_AHEAD_MS, type EntryHash, type SignedEntry } from '../src/domain/ledger/entry.ts'
import { networkIdOf, quorumOf, type Genesis } from '../src/domain/ledger/genesis.ts'
import { encodeGrant, encodeSignedGrant, signGrant, STARTER_GRANT_ID } from '../src/domain/ledger/grant.ts'
import type { LedgerLookup } from '../src/domain/ledger/operation-effect.ts'
import type { Vote } from '../src/domain/ledger/vote.ts'
import { MAX_HEAD_ENTRIES, type AccountChain } from '../src/protocols/ledger.ts'
import type { LedgerSums } from './authority-rows.ts'
import type { AuthorityStore } from './authority-store.ts'

const MAX_RECLAIM_AHEAD_MS = 1_000
const DAY_MS = 86_400_000

/** The whole ledger in numbers. */
export interface LedgerTotals extends LedgerSums {
  /** Whether what accounts hold and what is on its way is exactly what was minted. */
  readonly conserved: boolean
}

/** One authority of a network: votes for at most one entry a place, and keeps what is certified. */
export interface Authority {
  /**
   * The vote for an entry; asked again for the same entry, the same vote. A vote is lasting: it is on the disk before it
   * is returned. Throws what `parseEntry`, `verifyEntry` and `applyEntry` refuse with; `conflicting-entry` when another
   * entry has the vote for this place; `bad-entry` when it is dated too far ahead. With a single authority its vote is
   * the certificate, so that the account advances at once.
   */
  vote(entryWire: Uint8Array): Vote
  /** Takes a certified entry, so that the account advances. One that is taken already changes nothing. */
  certify(entryWire: Uint8Array, certificateWire: Uint8Array): void
  /** A certified account with its entries from `fromSeq` on, 24 at most; undefined for an unknown one. */
  head(account: Account, fromSeq: number): AccountChain | undefined
  /** What became of a payment; undefined when it was never certified. */
  payment(hash: EntryHash): Payment | undefined
  /**
   * The account's starter grant as a signed fact: until it is collected the same one again, then `already-granted`.
   * Throws `grants-exhausted` when the day's budget is spent, `unsupported` in a network of several authorities, which would
   * have to agree on the fact first.
   */
  starterGrant(account: Account): Uint8Array
  totals(): LedgerTotals
}

/** Creates the authority that the identity is in the genesis. Throws `bad-input` when it is none of its authorities. */
export function createAuthority(
  components: {
    readonly store: AuthorityStore
    readonly identity: Pick<Identity, 'account' | 'sign'>
    readonly genesis: Genesis
    readonly clock: { nowMs(): number }
  },
  options: {
    /** Called for every entry that became certified here, after it was stored. */
    readonly onCertified?: (signed: SignedEntry, certificate: Certificate) => void
    /** Starter grants within 24 hours. */
    readonly maxGrantsPerDay?: number
  } = {},
): Authority {
  const { store, identity, genesis, clock } = components
  const { onCertified, maxGrantsPerDay = Number.POSITIVE_INFINITY } = options
  const index = genesis.authorities.findIndex((key) => bytesEqual(key, identity.account))
  if (index < 0) throw new LoremeshError('bad-input', 'This key is not one of the authorities of the genesis')
  const isAlone = quorumOf(genesis) === 1
  const lookup: LedgerLookup = { genesis, payment: (hash) => store.payment(hash) }
  store.bindNetwork(networkIdOf(genesis))

  function apply(signed: SignedEntry): Transition {
    return applyEntry(store.account(signed.entry.account), signed, lookup)
  }

  /** Stores a certified entry and what it changes; within a transaction. */
  function advance(
    signed: SignedEntry,
    certificate: Certificate,
    { state, payments, minted }: Transition,
  ): void {
    store.addEntry({ signed, certificate }, minted)
    store.putAccount(state)
    for (const payment of payments) store.putPayment(payment)
  }

  /** A payment is claimed or taken back once, also while the entry that does so is not certified yet. */
  function settleOnce(signed: SignedEntry, payments: readonly Payment[]): void {
    for (const payment of payments) {
      if (payment.state === 'open') continue
      if (store.settlementVote(payment.hash) !== undefined) {
        throw new LoremeshError('already-claimed', 'Another entry settles this payment already')
      }
      store.addSettlementVote(payment.hash, signed.hash)
    }
  }

  /** The earlier vote for this very entry, if there is one; throws when another entry has it. */
  function earlierVote(signed: SignedEntry): Vote | undefined {
    const earlier = store.vote(signed.entry.account, signed.entry.seq)
    if (earlier === undefined || earlier.hash === signed.hash) return earlier?.vote
    throw new LoremeshError(
      'conflicting-entry',
      `Another entry has the vote for seq ${signed.entry.seq} of this account`,
      "Fetch the account's newest entries and build on the last one",
    )
  }

  return {
    vote(entryWire) {
      const signed = parseEntry(entryWire)
      verifyEntry(signed, genesis)
      let certificate: Certificate | undefined
      const vote = store.transaction(() => {
        const earlier = earlierVote(signed)
        if (earlier !== undefined) return earlier
        checkTime(signed, clock.nowMs())
        const transition = apply(signed)
        settleOnce(signed, transition.payments)
        const own = signVote(identity, index, signed)
        store.addVote(signed, own)
        if (isAlone) {
          certificate = createCertificate(signed, [own])
          advance(signed, certificate, transition)
        }
        return own
      })
      if (certificate !== undefined) onCertified?.(signed, certificate)
      return vote
    },

    certify(entryWire, certificateWire) {
      const signed = parseEntry(entryWire)
      const certificate = parseCertificate(certificateWire)
      verifyEntry(signed, genesis)
      verifyCertificate(certificate, signed, genesis)
      const isNew = store.transaction(() => {
        const [known] = store.entries(signed.entry.account, signed.entry.seq, 1)
        if (known?.signed.hash === signed.hash) return false
        advance(signed, certificate, apply(signed))
        return true
      })
      if (isNew) onCertified?.(signed, certificate)
    },

    head(account, fromSeq) {
      const state = store.account(account)
      return state && { state, entries: store.entries(account, fromSeq, MAX_HEAD_ENTRIES) }
    },

    payment: (hash) => store.payment(hash),

    starterGrant(account) {
      if (!isAlone) {
        throw new LoremeshError('unsupported', 'Several authorities cannot issue starter grants together yet')
      }
      return store.transaction(() => {
        if (hasCollected(store.account(account))) {
          throw new LoremeshError('already-granted', 'The account has collected its starter grant already')
        }
        const earlier = store.grant(account, STARTER_GRANT_ID)
        if (earlier !== undefined) return earlier
        const issuedAtMs = clock.nowMs()
        if (store.grantsIssuedSince(issuedAtMs - DAY_MS) >= maxGrantsPerDay) {
          throw new LoremeshError(
            'grants-exhausted',
            "Today's starter grants are used up",
            'Try again tomorrow',
          )
        }
        const amount = genesis.starterGrant
        const grant = { kind: 'starter', account, amount, issuedAtMs, id: STARTER_GRANT_ID } as const
        const bytes = encodeGrant(grant, genesis)
        const wire = encodeSignedGrant(bytes, [signGrant(identity, index, bytes)])
        store.addGrant(account, STARTER_GRANT_ID, issuedAtMs, wire)
        return wire
      })
    },

    totals() {
      const sums = store.sums()
      const { minted, balances, credits, locked, stakes, pending } = sums
      return { ...sums, conserved: balances + credits + locked + stakes + pending === minted }
    },
  }
}

function hasCollected(state: AccountState | undefined): boolean {
  return state?.grants.includes(STARTER_GRANT_ID) ?? false
}

/**
 * An entry may wait until an authority can be reached, so its date may lie back; what must happen before a moment in
 * time is bounded from the other side, since nobody can date an entry far ahead. What must not happen before a moment,
 * a reclaim, may hardly be dated ahead at all: it would take away time from the payee's claim.
 */
function checkTime({ entry }: SignedEntry, nowMs: number): void {
  const mayBeAheadMs = entry.operation.type === 'reclaim' ? MAX_RECLAIM_AHEAD_MS : MAX_AHEAD_MS
  if (entry.timestampMs > nowMs + mayBeAheadMs) {
    throw new LoremeshError(
      'bad-entry',
      `The entry is dated ${entry.timestampMs - nowMs} ms ahead`,
      "Set this device's clock right",
    )
  }
}
