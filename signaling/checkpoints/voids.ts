import type { Account } from '../../src/domain/identity/account.ts'
import type { SignatureVerifier } from '../../src/domain/identity/signature.ts'
import { bytesEqual } from '../../src/domain/kernel/bytes.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import { sourcesOf, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Fact } from '../../src/domain/ledger/fact.ts'
import { slotOf } from '../../src/domain/ledger/fork-proof.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { verifyEntry } from '../../src/domain/ledger/verify-entry.ts'
import { isVoided } from '../../src/domain/ledger/void-place.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { holdForVoid, releaseNext } from '../authority/void-hold.ts'
import type { CutPlace } from './cut.ts'
import type { FactBook } from './fact-book.ts'
import { isForked } from './fact-choice.ts'
import { inShards } from './in-shards.ts'
import { readClaims, readExpired, readPayees } from './lapses.ts'
import { MAX_ABANDONED } from './proposal.ts'

/*
 * A claim with the votes of some authorities keeps its payments from lapsing. If it never gets the others', because its
 * payee vanished or signed something else at the same place, the place is declared void, and then they lapse. Whoever may
 * still be owed something is waited for:
 *
 *     the claim's own payments ended a payment window ago or more, so its payee had that long to have it certified;
 *     an authority that voted there for an entry of the last two windows refuses, so that a spend that was certified and
 *     shown to its payee only can be claimed until its end, and be shown for a window after it;
 *     the time that counts is that of the checkpoint before: a quorum could be reached then, and has been since.
 */

/** For which checkpoint places are declared void. */
export interface VoidSituation {
  readonly facts: FactBook
  readonly height: number
  /** When the checkpoint before it was made. */
  readonly beforeMs: number
  /** Seq up to which the checkpoint contains an account's chain. */
  readonly seqOf: (account: Account) => number
  readonly genesis: Genesis
}

/**
 * Abandoned claims that have this authority's vote, those whose payments ended first at the beginning. From then on it lets
 * nothing take their places until the height is decided.
 */
export async function chooseAbandoned(
  store: AuthorityStore,
  situation: VoidSituation,
): Promise<readonly SignedEntry[]> {
  const { beforeMs, genesis } = situation
  const expired = await readExpired(store, beforeMs - genesis.paymentWindowMs, genesis)
  const claims = (await readClaims(store, expired)).map(parseEntry)
  const abandoned = await onlyAbandoned(store, claims, situation)
  return holdAbandoned(store, abandoned.slice(0, MAX_ABANDONED), situation)
}

/**
 * Those of the claims that came with a proposal whose places this authority agrees to declare void; it lets nothing take
 * them from then on until the height is decided. Throws what `verifyEntry` throws.
 */
export async function acceptAbandoned(
  {
    store,
    genesis,
    verifier,
  }: {
    readonly store: AuthorityStore
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
  },
  claims: readonly SignedEntry[],
  situation: VoidSituation,
): Promise<readonly SignedEntry[]> {
  const abandoned = await onlyAbandoned(store, claims, situation)
  for (const claim of abandoned) {
    const sources = await sourcesIn(store, claim)
    const payment = (hash: string): Payment | undefined => sources.find((source) => source.hash === hash)
    await verifyEntry(claim, { genesis, payment }, verifier)
  }
  return holdAbandoned(store, abandoned, situation)
}

/** Those of the places of forks in which nothing is certified here, and will not be until the height is decided. */
export function holdForked(
  store: AuthorityStore,
  places: readonly CutPlace[],
  height: number,
): Promise<readonly CutPlace[]> {
  return holdPlaces(store, places, { height, votedBeforeMs: Number.POSITIVE_INFINITY })
}

/**
 * Lets entries in again that a final checkpoint contains in places that this authority had agreed to declare void: without
 * them it could not take over the checkpoint that has decided otherwise. `facts` are known to be those of the checkpoint.
 */
export async function releaseDecided(
  store: AuthorityStore,
  { cut, facts }: { readonly cut: readonly CutPlace[]; readonly facts: readonly Fact[] },
): Promise<void> {
  const voids = new Set(facts.flatMap((fact) => (fact.type === 'void' ? [slotOf(fact)] : [])))
  await inShards(store, cut, (transaction, { account }) =>
    releaseNext(transaction, account, (place) => voids.has(slotOf(place))),
  )
}

/** The place of an entry. */
export function placeOf({ entry: { account, seq } }: SignedEntry): CutPlace {
  return { account, seq }
}

async function holdAbandoned(
  store: AuthorityStore,
  claims: readonly SignedEntry[],
  { height, beforeMs, genesis }: VoidSituation,
): Promise<readonly SignedEntry[]> {
  const items = claims.map((claim) => ({ ...placeOf(claim), claim }))
  const votedBeforeMs = beforeMs - 2 * genesis.paymentWindowMs
  return (await holdPlaces(store, items, { height, votedBeforeMs })).map(({ claim }) => claim)
}

async function holdPlaces<Item extends CutPlace>(
  store: AuthorityStore,
  places: readonly Item[],
  terms: Parameters<typeof holdForVoid>[2],
): Promise<readonly Item[]> {
  const held = await inShards(store, places, (transaction, place) => holdForVoid(transaction, place, terms))
  return places.filter((_, index) => held[index])
}

async function onlyAbandoned(
  store: AuthorityStore,
  claims: readonly SignedEntry[],
  situation: VoidSituation,
): Promise<readonly SignedEntry[]> {
  const abandoned = await Promise.all(claims.map((claim) => isAbandoned(store, claim, situation)))
  return claims.filter((_, index) => abandoned[index])
}

/**
 * Whether an entry claims what ended long enough ago in its account's next place, which is not that of a fork. A claim makes its
 * place void once: it says nothing about what its account writes there, knowing that, instead.
 */
async function isAbandoned(
  store: AuthorityStore,
  claim: SignedEntry,
  { facts, beforeMs, seqOf, genesis }: VoidSituation,
): Promise<boolean> {
  const { account, seq, operation } = claim.entry
  const isNext = seq > 0 && seqOf(account) === seq - 1
  if (operation.type !== 'claim' || !isNext || isForked(facts, { account, seq })) return false
  if (isVoided(facts.about(account), claim.entry)) return false
  const sources = await sourcesIn(store, claim)
  return (
    sources.length === operation.sources.length &&
    sources.every(
      ({ payee, expiresAtMs }) =>
        bytesEqual(payee, account) && expiresAtMs + genesis.paymentWindowMs <= beforeMs,
    )
  )
}

function sourcesIn(store: AuthorityStore, { entry }: SignedEntry): Promise<readonly Payment[]> {
  return readPayees(store, sourcesOf(entry.operation))
}
