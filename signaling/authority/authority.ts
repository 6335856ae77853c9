import type { Account } from '../../src/domain/identity/account.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import type { SignatureVerifier } from '../../src/domain/identity/signature.ts'
import { bytesEqual, bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { createCertificate, parseCertificate, type Certificate } from '../../src/domain/ledger/certificate.ts'
import type { DoubleVote } from '../../src/domain/ledger/double-vote.ts'
import type { Entry, EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { ForkProof } from '../../src/domain/ledger/fork-proof.ts'
import { parseFraudProof, verifyFraudProof, type FraudProof } from '../../src/domain/ledger/fraud-proof.ts'
import { networkIdOf, quorumOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import type { Removals } from '../../src/domain/ledger/removals.ts'
import type { VerifiedEntry } from '../../src/domain/ledger/verify-entry.ts'
import { isExcused } from '../../src/domain/ledger/void-place.ts'
import type { Vote } from '../../src/domain/ledger/vote.ts'
import type { AuthorityStore, ShardTransaction } from '../authority-store/authority-store.ts'
import { createBoundedMap } from './bounded-map.ts'
import { castVote, type Ballot } from './cast-vote.ts'
import { createCheckpointView, readFacts } from './checkpoint-view.ts'
import { createEntryVerification, digestOf } from './entry-verification.ts'
import { keepEarlyFork, recordDoubleVote, recordEarlyFork, recordFork } from './fraud-records.ts'
import { advance } from './judge-entry.ts'
import { createLedgerReading, type LedgerReading } from './ledger-reading.ts'
import { createStarterGrants } from './starter-grants.ts'
import { takeCertified, type Taken } from './take-certified.ts'
import { createTurns } from './turns.ts'

/** One authority of a network: votes for at most one entry a place, and keeps what is certified. */
export interface Authority extends LedgerReading {
  /** Its index in the genesis. */
  readonly index: number
  /**
   * The vote for an entry; asked again for the same entry, the same vote. A vote is lasting: it is on the disk before it
   * is returned. Throws what `parseEntry`, `verifyEntry` and `applyEntry` refuse with; `conflicting-entry` when another
   * entry has the vote for this place; `not-ready` when the entry is dated too far ahead. With a single authority its vote
   * is the certificate, so that the account advances at once.
   */
  vote(entryWire: Uint8Array): Promise<Vote>
  /**
   * Takes a certified entry, so that the account advances, even when this authority has voted for another one. False, and
   * nothing changes, for one that is taken already. Throws `unknown-parent` and `not-found` while earlier entries, sources or checkpoints are
   * missing, `bad-certificate` and what `parseEntry` and `verifyEntry` refuse with.
   */
  certify(entryWire: Uint8Array, certificateWire: Uint8Array): Promise<boolean>
  /** Whether an entry is certified here. */
  knows(hash: EntryHash): Promise<boolean>
  /**
   * The account's starter grant, of the amount in force in the checkpoint of this height, with this authority's signature:
   * until it is collected the same one again, then `already-granted`. Throws `grants-exhausted` when the day's budget is
   * spent, `not-found` for a checkpoint that is not known, `not-ready` for one that is older than a day.
   */
  starterGrant(account: Account, checkpoint: number): Promise<Uint8Array>
  /**
   * Takes a proof that an account or an authority cheated; one that is known changes nothing. Throws what `parseFraudProof`
   * and `verifyFraudProof` throw, `unknown-parent` for a fork beyond the account's next place, and `not-found` for votes
   * for an entry that names a checkpoint that is not known here.
   */
  reportFraud(proofWire: Uint8Array): Promise<void>
}

/** Entries of which it is remembered that they are certified here. */
const MAX_TAKEN = 32_768

/**
 * Creates the authority that the identity is in the genesis. Throws `bad-input` when it is none of its authorities, or
 * when the store holds the ledger of another network.
 */
export async function createAuthority(
  components: {
    readonly store: AuthorityStore
    readonly identity: Pick<Identity, 'account' | 'sign'>
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
    readonly clock: { nowMs(): number }
  },
  options: {
    /** Called for every entry that became certified here, after it was stored. */
    readonly onCertified?: (signed: SignedEntry, certificate: Certificate) => void
    /** Called once for every proof of fraud, after it was stored: others have to know it. */
    readonly onFraudProven?: (fraud: FraudProof) => void
    /** Starter grants that this authority signs within 24 hours. */
    readonly maxGrantsPerDay?: number
  } = {},
): Promise<Authority> {
  const { store, identity, genesis, verifier, clock } = components
  const { onCertified, onFraudProven, maxGrantsPerDay = Number.POSITIVE_INFINITY } = options
  const index = genesis.authorities.findIndex((key) => bytesEqual(key, identity.account))
  if (index < 0) throw new LoremeshError('bad-input', 'This key is not one of the authorities of the genesis')
  await store.bindNetwork(networkIdOf(genesis))
  const isAlone = quorumOf(genesis) === 1
  const checkpoints = createCheckpointView(store, genesis)
  const verification = createEntryVerification({ store, genesis, checkpoints, verifier })
  const turns = createTurns()
  const taken = createBoundedMap<EntryHash, true>(MAX_TAKEN)
  /** By entry and certificate: what comes in several logs at once is verified once. */
  const taking = new Map<string, Promise<boolean>>()

  function inShardOf<T>(
    { account }: Pick<Entry, 'account'>,
    task: (transaction: ShardTransaction) => Promise<T>,
  ): Promise<T> {
    return store.shardOf(account).transaction(task)
  }

  /**
   * Verifies one entry of an account beside the others, and queues their transactions in the order in which they came: a
   * vote that comes right after a certificate finds it applied.
   */
  function inTurn<T>(
    { account }: Pick<Entry, 'account'>,
    verify: () => Promise<VerifiedEntry>,
    act: (verified: VerifiedEntry) => Promise<T>,
  ): Promise<T> {
    return turns.take(bytesToHexText(account), verify, act)
  }

  function reportFork(proof: ForkProof | undefined): void {
    if (proof !== undefined) onFraudProven?.({ type: 'fork-proof', proof })
  }

  async function reportDoubleVotes(doubleVotes: readonly DoubleVote[]): Promise<void> {
    for (const evidence of doubleVotes) {
      const isNew = await store.home.transaction((home) => recordDoubleVote(home, evidence))
      if (isNew) onFraudProven?.({ type: 'double-vote', evidence })
    }
  }

  /** Whose votes may not count in the certificate that is part of a proof. */
  async function removalsFor(fraud: FraudProof): Promise<Removals> {
    if (fraud.type === 'double-vote' || fraud.proof.certificate === undefined) return []
    return (await checkpoints.termsOf(fraud.proof.e2.entry.checkpoint)).removals
  }

  /** Whether a void place lies between two votes. Throws `not-found` when one names a checkpoint that is not known here. */
  async function isAllowed({ first, second }: DoubleVote): Promise<boolean> {
    const [one, other] = [first.signed.entry, second.signed.entry]
    await checkpoints.termsOf(Math.max(one.checkpoint, other.checkpoint))
    const facts = await inShardOf(one, (transaction) => readFacts(transaction, one.account, 0))
    return isExcused(facts, one, other)
  }

  async function voteFor(verified: VerifiedEntry): Promise<Ballot> {
    let early: ForkProof | undefined
    const ballot = await checkpoints.withCheckpoints((at) =>
      inShardOf(verified.entry, async (transaction) => {
        const voter = { genesis, identity, index, nowMs: clock.nowMs(), at }
        const ballot = await castVote(transaction, verified, voter)
        if (isAlone && ballot.type === 'voted' && ballot.transition !== undefined) {
          const certificate = createCertificate(verified, [ballot.vote])
          await advance(transaction, verified, certificate, ballot.transition)
          early = await recordEarlyFork(transaction, verified.entry)
        }
        return ballot
      }),
    )
    reportFork(early)
    return ballot
  }

  function take(signed: VerifiedEntry, certificate: Certificate): Promise<Taken> {
    return checkpoints.withCheckpoints((at) =>
      inShardOf(signed.entry, (transaction) =>
        takeCertified(transaction, { signed, certificate }, { genesis, at }),
      ),
    )
  }

  async function certify(signed: SignedEntry, certificate: Certificate): Promise<boolean> {
    const result = await inTurn(
      signed.entry,
      () => verification.verifyCertified(signed, certificate),
      (verified) => take(verified, certificate),
    )
    reportFork(result.fork)
    if (result.type === 'conflict') {
      await reportDoubleVotes(result.doubleVotes)
      throw conflict(signed)
    }
    if (result.type === 'known') return false
    onCertified?.(signed, certificate)
    return true
  }

  return {
    ...createLedgerReading(store, clock),
    index,
    starterGrant: createStarterGrants({ ...components, checkpoints }, { index, maxPerDay: maxGrantsPerDay }),

    async vote(entryWire) {
      const signed = verification.parse(entryWire)
      const ballot = await inTurn(signed.entry, () => verification.verify(signed), voteFor)
      if (ballot.type === 'conflict') {
        reportFork(ballot.fork)
        throw conflict(signed)
      }
      if (isAlone && ballot.transition !== undefined) {
        onCertified?.(signed, createCertificate(signed, [ballot.vote]))
      }
      return ballot.vote
    },

    async certify(entryWire, certificateWire) {
      const signed = verification.parse(entryWire)
      if (taken.has(signed.hash)) return false
      const exactly = digestOf(entryWire) + digestOf(certificateWire)
      const underWay = taking.get(exactly)
      if (underWay !== undefined) {
        await underWay
        return false
      }
      const result = certify(signed, parseCertificate(certificateWire))
      taking.set(exactly, result)
      try {
        const isNew = await result
        taken.set(signed.hash, true)
        return isNew
      } finally {
        taking.delete(exactly)
      }
    },

    async knows(hash) {
      if (taken.has(hash)) return true
      const found = await Promise.all(
        store.shards.map((shard) => shard.transaction((transaction) => transaction.entry(hash))),
      )
      return found.some((entry) => entry !== undefined)
    },

    async reportFraud(proofWire) {
      const fraud = parseFraudProof(proofWire)
      await verifyFraudProof(fraud, genesis, verifier, await removalsFor(fraud))
      if (fraud.type === 'double-vote') {
        if (!(await isAllowed(fraud.evidence))) await reportDoubleVotes([fraud.evidence])
        return
      }
      const { e1 } = fraud.proof
      const outcome = await inShardOf(e1.entry, async (transaction) => {
        const state = await transaction.account(e1.entry.account)
        if (e1.entry.seq > (state?.seq ?? -1) + 1) {
          // An account that is no more than open has cost its owner nothing, and so would as many proofs as they like.
          if (state !== undefined && state.seq > 0) await keepEarlyFork(transaction, fraud.proof)
          return 'early'
        }
        return (await recordFork(transaction, fraud.proof)) ? 'new' : 'known'
      })
      // There may be a log that tells of the entries in between.
      if (outcome === 'early') throw beyondNextPlace(e1)
      if (outcome === 'new') reportFork(fraud.proof)
    },
  }
}

function conflict({ entry }: SignedEntry): LoremeshError {
  return new LoremeshError(
    'conflicting-entry',
    `Another entry has the vote for seq ${entry.seq} of this account`,
    "Fetch the account's newest entries and build on the last one",
  )
}

function beyondNextPlace({ entry }: SignedEntry): LoremeshError {
  return new LoremeshError(
    'unknown-parent',
    `The proof is about seq ${entry.seq}, far beyond what is certified of this account`,
    'Send the entries in between first',
  )
}
