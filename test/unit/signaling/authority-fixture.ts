import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { createAuthority, type Authority } from '../../../signaling/authority.ts'
import { openAuthorityStore, type AuthorityStore } from '../../../signaling/authority-store.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../src/domain/ledger/account-state.ts'
import { type Certificate } from '../../../src/domain/ledger/certificate.ts'
import { collectEntry, openEntry, payEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../../src/domain/ledger/genesis.ts'
import { authority as key, genesis, START_MS } from '../../support/ledger.ts'

export const ten = parseTokens('10')
const folders: string[] = []
const stores: AuthorityStore[] = []
/** The authorities' clock; every test starts at `START_MS`. */
export const clock = { atMs: START_MS }

/** Closes every store opened so far. */
export function closeStores(): void {
  for (const store of stores.splice(0)) store.close()
}

afterEach(() => {
  closeStores()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  clock.atMs = START_MS
})

/** An empty store in memory, or the one of a file. */
export function openStore(path = ':memory:'): AuthorityStore {
  const store = openAuthorityStore(path)
  stores.push(store)
  return store
}

/** A file in a folder of its own, which goes after the test. */
export function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-authority-'))
  folders.push(folder)
  return join(folder, 'ledger.sqlite')
}

/** An authority over a store of its own, with what it reported as certified. */
export function openAuthority({
  store = openStore(),
  identity = key,
  network = genesis,
  maxGrantsPerDay = 100,
}: { store?: AuthorityStore; identity?: Identity; network?: Genesis; maxGrantsPerDay?: number } = {}) {
  const certified: { signed: SignedEntry; certificate: Certificate }[] = []
  const authority = createAuthority(
    { store, identity, genesis: network, clock: { nowMs: () => clock.atMs } },
    { onCertified: (signed, certificate) => certified.push({ signed, certificate }), maxGrantsPerDay },
  )
  return { ...authority, certified }
}

/** The certified state of an account; fails when it is not open. */
export function stateOf(authority: Authority, identity: Identity): AccountState {
  const head = authority.head(identity.account, 0)
  if (head === undefined) throw new Error('This account is not open')
  return head.state
}

/** Signs an entry and has it voted. */
export function write(authority: Authority, identity: Identity, entry: Entry): SignedEntry {
  const signed = signEntry(identity, entry)
  authority.vote(signed.wire)
  return signed
}

/** Opens an account and collects its starter grant. */
export function fund(authority: Authority, identity: Identity): void {
  write(authority, identity, openEntry(identity.account, genesis, clock.atMs))
  const grant = authority.starterGrant(identity.account)
  write(authority, identity, collectEntry(stateOf(authority, identity), genesis, grant, clock.atMs))
}

/** The next payment of a funded account, not voted yet. */
export function payment(authority: Authority, from: Identity, to: Identity, amount = ten): SignedEntry {
  const terms = {
    to: to.account,
    amount,
    invoice: new Uint8Array(32),
    expiresAtMs: clock.atMs + genesis.paymentWindowMs,
  }
  return signEntry(from, payEntry(stateOf(authority, from), genesis, terms, clock.atMs))
}

/** A certified payment. */
export function paid(authority: Authority, from: Identity, to: Identity, amount = ten): Payment {
  const signed = payment(authority, from, to, amount)
  authority.vote(signed.wire)
  const made = authority.payment(signed.hash)
  if (made === undefined) throw new Error('The entry made no payment')
  return made
}
