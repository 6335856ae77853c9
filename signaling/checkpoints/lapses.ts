import type { Account } from '../../src/domain/identity/account.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { holdForLapse } from '../authority/lapse-hold.ts'
import { inShards } from './in-shards.ts'

/** Most payments that one checkpoint lets lapse. */
export const MAX_LAPSES = 1_024
/** Expired payments that are looked at; those of which a claim is under way stand before others. */
const MAX_CANDIDATES = 16_384

const MIN_GRACE_MS = 1_000
const MAX_GRACE_MS = 60_000

/** For which checkpoint payments are to lapse. */
export interface LapseSituation {
  readonly height: number
  readonly timeMs: number
  /** Seq up to which the checkpoint contains an account's chain. */
  readonly seqOf: (account: Account) => number
  readonly genesis: Pick<Genesis, 'paymentWindowMs'>
}

/**
 * How long after its end a payment lapses at the earliest: a tenth of the payment window, so that claims of the last moment
 * become certified; a second at least, a minute at most.
 */
function graceMs({ paymentWindowMs }: LapseSituation['genesis']): number {
  return Math.min(MAX_GRACE_MS, Math.max(MIN_GRACE_MS, paymentWindowMs / 10))
}

/** Open payments that ended long enough before a moment, those that ended first at the beginning of each shard's. */
export async function readExpired(
  store: AuthorityStore,
  timeMs: number,
  genesis: LapseSituation['genesis'],
  limit = MAX_CANDIDATES,
): Promise<readonly Payment[]> {
  const before = Math.floor(timeMs - graceMs(genesis)) + 1
  if (before < 0) return []
  const expired = await Promise.all(
    store.shards.map((shard) =>
      shard.transaction((transaction) => transaction.expiredPayments(before, limit)),
    ),
  )
  return expired.flat()
}

/** Payments by their hashes, as their payees' shards know them; fewer when some are not known. */
export async function readPayees(
  store: AuthorityStore,
  hashes: readonly EntryHash[],
): Promise<readonly Payment[]> {
  const payments = await Promise.all(hashes.map((hash) => store.payment(hash)))
  return payments.filter((payment) => payment !== undefined)
}

/**
 * Those of the payments that may lapse: they ended, the checkpoint contains their entries, they are open, and no claim of
 * them has this authority's vote. From then on it votes for none of their claims until the height is decided.
 */
export async function holdLapsing(
  store: AuthorityStore,
  payments: readonly Payment[],
  { height, timeMs, seqOf, genesis }: LapseSituation,
): Promise<readonly Payment[]> {
  const ended = payments.filter(({ expiresAtMs }) => expiresAtMs + graceMs(genesis) <= timeMs)
  const seqs = await inShards(
    store,
    ended.map(({ payer, hash }) => ({ account: payer, hash })),
    async (transaction, { hash }) => (await transaction.entry(hash))?.signed.entry.seq,
  )
  const contained = ended.filter(
    ({ payer }, index) => (seqs[index] ?? Number.POSITIVE_INFINITY) <= seqOf(payer),
  )
  const held = await inShards(
    store,
    contained.map((payment) => ({ account: payment.payee, payment })),
    (transaction, { payment }) => holdForLapse(transaction, payment, height),
  )
  return contained.filter((_, index) => held[index])
}

/** The payments that a checkpoint lets lapse among those that `mayLapse` does not leave out, held as `holdLapsing` does. */
export async function chooseLapses(
  store: AuthorityStore,
  mayLapse: (payment: EntryHash) => boolean,
  situation: LapseSituation,
): Promise<readonly Payment[]> {
  const { timeMs, genesis } = situation
  const expired = (await readExpired(store, timeMs, genesis)).filter(({ hash }) => mayLapse(hash))
  const chosen: Payment[] = []
  // Payments with claims under way may be many, and stand before others.
  for (let from = 0; from < expired.length && chosen.length < MAX_LAPSES; from += MAX_LAPSES) {
    chosen.push(...(await holdLapsing(store, expired.slice(from, from + MAX_LAPSES), situation)))
  }
  return chosen.slice(0, MAX_LAPSES)
}

/** Wire forms of the claims of payments, each once, that have this authority's vote and may become certified. */
export async function readClaims(
  store: AuthorityStore,
  payments: readonly Payment[],
): Promise<readonly Uint8Array[]> {
  const claims = new Map<EntryHash, Uint8Array>()
  const votes = await inShards(
    store,
    payments.map(({ payee, hash }) => ({ account: payee, hash })),
    async (transaction, { account, hash }) => {
      const claim = await transaction.settlementVote(hash, account)
      const state = claim && (await transaction.account(account))
      const vote = claim && (await transaction.vote(account, state === undefined ? 0 : state.seq + 1))
      return vote?.hash === claim ? vote : undefined
    },
  )
  for (const vote of votes) if (vote !== undefined) claims.set(vote.hash, vote.entryWire)
  return [...claims.values()]
}
