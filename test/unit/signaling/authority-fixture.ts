import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { AuthorityStore } from '../../../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../../../signaling/authority-store/open-authority-store.ts'
import { createAuthority, type Authority } from '../../../signaling/authority/authority.ts'
import { createNativeSignatureVerifier } from '../../../signaling/native-signatures.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../src/domain/ledger/account-state.ts'
import type { CertifiedEntry } from '../../../src/domain/ledger/certificate.ts'
import type { LedgerLookup } from '../../../src/domain/ledger/effect.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reserveEntry,
  type Moment,
} from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { Entry, EntryHash, SignedEntry } from '../../../src/domain/ledger/entry.ts'
import type { FraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import type { Genesis } from '../../../src/domain/ledger/genesis.ts'
import { signAck } from '../../../src/domain/ledger/voucher.ts'
import { authority as key, genesis, START_MS } from '../../support/ledger.ts'

export const ten = parseTokens('10')
export const verifier = createNativeSignatureVerifier()
/** The authorities' clock; every test starts at `START_MS`. */
export const clock = { atMs: START_MS }
const folders: string[] = []
const stores = new Set<AuthorityStore>()

afterEach(async () => {
  await closeStores()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  clock.atMs = START_MS
})

/** Closes every store opened so far. */
export async function closeStores(): Promise<void> {
  const open = [...stores]
  stores.clear()
  await Promise.all(open.map((store) => store.close()))
}

/** An empty store in memory, or that of files, one a shard. */
export async function openStore(...paths: readonly string[]): Promise<AuthorityStore> {
  const store = await openAuthorityStore(paths.length === 0 ? [':memory:'] : paths)
  stores.add(store)
  return store
}

/** Closes a store, so that its file can be opened again. */
export async function closeStore(store: AuthorityStore): Promise<void> {
  stores.delete(store)
  await store.close()
}

/** A file in a folder of its own, which goes after the test. */
export function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-authority-'))
  folders.push(folder)
  return join(folder, 'ledger.sqlite')
}

/** Whoever certifies entries: one authority, or several together. */
export interface TestLedger {
  readonly genesis: Genesis
  /** Has an entry certified. */
  submit(signed: SignedEntry): Promise<unknown>
  /** The certified state of an account; fails when it is not open. */
  state(identity: Identity): Promise<AccountState>
  payment(hash: EntryHash): Promise<Payment | undefined>
  grant(identity: Identity): Promise<Uint8Array>
}

/** An authority with what it reported. */
export interface TestAuthority extends Authority {
  readonly store: AuthorityStore
  readonly certified: readonly CertifiedEntry[]
  readonly proven: readonly FraudProof[]
}

interface AuthorityOptions {
  readonly store?: AuthorityStore
  readonly identity?: Identity
  readonly network?: Genesis
  readonly maxGrantsPerDay?: number
}

/** An authority over a store of its own. */
export async function openAuthority({
  store,
  identity = key,
  network = genesis,
  maxGrantsPerDay = 100,
}: AuthorityOptions = {}): Promise<TestAuthority> {
  const certified: CertifiedEntry[] = []
  const proven: FraudProof[] = []
  const opened = store ?? (await openStore())
  const authority = await createAuthority(
    { store: opened, identity, genesis: network, verifier, clock: { nowMs: () => clock.atMs } },
    {
      onCertified: (signed, certificate) => certified.push({ signed, certificate }),
      onFraudProven: (fraud) => proven.push(fraud),
      maxGrantsPerDay,
    },
  )
  return { ...authority, store: opened, certified, proven }
}

/** An authority whose vote alone certifies. */
export async function openSoleAuthority(options: AuthorityOptions = {}): Promise<TestAuthority & TestLedger> {
  const authority = await openAuthority(options)
  return {
    ...authority,
    genesis: options.network ?? genesis,
    submit: ({ wire }) => authority.vote(wire),
    state: (identity) => stateAt(authority, identity),
    grant: (identity) => authority.starterGrant(identity.account, 0),
  }
}

/** The state of an account as an authority has it; fails when it is not open there. */
export async function stateAt(authority: Pick<Authority, 'head'>, identity: Identity): Promise<AccountState> {
  const { state } = await authority.head(identity.account, 0)
  if (state === undefined) throw new Error('This account is not open')
  return state
}

/** When the next entry is written. No checkpoint is known unless a test says so. */
export function moment(checkpoint = 0): Moment {
  return { timestampMs: clock.atMs, checkpoint }
}

/** What an entry is built by: these payments, and these checkpoints. */
export function lookup(
  network: Genesis,
  payments: readonly Payment[] = [],
  checkpointTimes: readonly number[] = [network.createdAtMs],
): LedgerLookup {
  return {
    genesis: network,
    payment: (hash) => payments.find((payment) => payment.hash === hash),
    checkpoint: (height) => {
      const timeMs = checkpointTimes[height]
      return timeMs === undefined ? undefined : { timeMs, parameters: network, removals: [] }
    },
    slashed: () => parseTokens('0'),
  }
}

/** Signs an entry and has it certified. */
export async function write(ledger: TestLedger, identity: Identity, entry: Entry): Promise<SignedEntry> {
  const signed = signEntry(identity, entry)
  await ledger.submit(signed)
  return signed
}

/** The first entry of an account, signed only. */
export function opening(ledger: Pick<TestLedger, 'genesis'>, identity: Identity): SignedEntry {
  return signEntry(identity, openEntry(identity.account, moment(), lookup(ledger.genesis)))
}

/** Opens an account and collects its starter grant. */
export async function fund(ledger: TestLedger, identity: Identity): Promise<void> {
  await ledger.submit(opening(ledger, identity))
  const grant = await ledger.grant(identity)
  const state = await ledger.state(identity)
  await write(ledger, identity, collectEntry(state, grant, moment(), lookup(ledger.genesis)))
}

/** The next payment of a funded account, signed only. */
export async function payment(
  ledger: TestLedger,
  from: Identity,
  to: Identity,
  amount = ten,
): Promise<SignedEntry> {
  const terms = { to: to.account, amount, invoice: new Uint8Array(32), expiresAtMs: expiry(ledger) }
  return signEntry(from, payEntry(await ledger.state(from), terms, moment(), lookup(ledger.genesis)))
}

/** A certified payment. */
export async function paid(ledger: TestLedger, from: Identity, to: Identity, amount = ten): Promise<Payment> {
  const signed = await payment(ledger, from, to, amount)
  await ledger.submit(signed)
  return knownPayment(ledger, signed.hash)
}

/** A certified reserve. */
export async function reserved(
  ledger: TestLedger,
  from: Identity,
  to: Identity,
  cap = ten,
): Promise<Payment> {
  const terms = { to: to.account, cap, expiresAtMs: expiry(ledger) }
  const entry = reserveEntry(await ledger.state(from), terms, moment(), lookup(ledger.genesis))
  return knownPayment(ledger, (await write(ledger, from, entry)).hash)
}

/** A payment that must be known. */
export async function knownPayment(ledger: TestLedger, hash: EntryHash): Promise<Payment> {
  const known = await ledger.payment(hash)
  if (known === undefined) throw new Error('The entry made no payment')
  return known
}

/** A claim of payments with their payer's acknowledgements, signed only. */
export async function claim(
  ledger: TestLedger,
  payee: Identity,
  payer: Identity,
  payments: readonly Payment[],
): Promise<SignedEntry> {
  const claims = payments.map((source) => ({ payment: source, voucher: signAck(payer, source.hash) }))
  const entry = claimEntry(await ledger.state(payee), claims, moment(), lookup(ledger.genesis, payments))
  return signEntry(payee, entry)
}

/** What a checkpoint does at one authority with a payment that nobody claimed. */
export async function lapse(store: AuthorityStore, payment: Payment): Promise<Payment> {
  const lapsed: Payment = { ...payment, state: 'lapsed' }
  await store.shardOf(payment.payee).transaction((transaction) => transaction.putPayment(lapsed))
  return lapsed
}

function expiry({ genesis: { paymentWindowMs } }: Pick<TestLedger, 'genesis'>): number {
  return clock.atMs + paymentWindowMs
}
