import { expect } from 'vitest'
import { createGenesis } from '../../src/domain/economy/parameters.ts'
import type { Account } from '../../src/domain/identity/account.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { LoremeshError, type ErrorCode } from '../../src/domain/kernel/errors.ts'
import { parseTokens, toMicroTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import { signAck } from '../../src/domain/ledger/ack.ts'
import { applyEntry, type Transition } from '../../src/domain/ledger/apply-entry.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
} from '../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { encodeGrant, encodeSignedGrant, signGrant, STARTER_GRANT_ID } from '../../src/domain/ledger/grant.ts'

/** The identity whose seed is this number, 32 times. */
export function testIdentity(number: number): Identity {
  return createIdentity(new Uint8Array(32).fill(number))
}

export const authority = testIdentity(200)
export const ann = testIdentity(1)
export const bob = testIdentity(2)
export const cat = testIdentity(3)

/** A moment after which everything in the tests happens. */
export const START_MS = 1_767_225_600_000

/** The genesis of the vectors, whatever the defaults are. */
export const genesis = createGenesis(
  { name: 'test', createdAtMs: START_MS, authorities: [authority.account] },
  { paymentWindowMs: 600_000 },
)

/** Runs `task` and checks the code that it fails with. */
export function expectRefusal(task: () => unknown, code: ErrorCode): void {
  expect(codeOf(task)).toBe(code)
}

/** The code that `task` fails with; undefined when it does not fail. Any other exception goes on. */
export function codeOf(task: () => unknown): ErrorCode | undefined {
  try {
    task()
    return undefined
  } catch (error) {
    if (error instanceof LoremeshError) return error.code
    throw error
  }
}

/** Wire form of a starter grant, signed by the authorities named by index. */
export function starterGrant(
  account: Account,
  {
    amount = parseTokens('1000'),
    network = genesis,
    signers = [[0, authority]] as readonly (readonly [number, Identity])[],
  } = {},
): Uint8Array {
  const bytes = encodeGrant(
    { kind: 'starter', account, amount, issuedAtMs: START_MS, id: STARTER_GRANT_ID },
    network,
  )
  return encodeSignedGrant(
    bytes,
    signers.map(([index, signer]) => signGrant(signer, index, bytes)),
  )
}

/** A whole ledger in memory, as somebody sees it who knows every entry. */
export interface TestLedger {
  readonly genesis: Genesis
  readonly payments: ReadonlyMap<EntryHash, Payment>
  /** State of an account; fails when it is not open. */
  state(identity: Identity): AccountState
  states(): readonly AccountState[]
  payment(hash: EntryHash): Payment | undefined
  /** Everything granted so far. */
  minted(): bigint
  apply(signed: SignedEntry): Transition
  /** Signs and applies an entry of the identity's account. */
  write(identity: Identity, entry: Entry): SignedEntry
  open(identity: Identity): void
  /** Opens an account and gives it this much credit. */
  fund(identity: Identity, amount?: MicroTokens): void
  /** Gives an open account free tokens out of nothing, which no operation does yet. */
  endow(identity: Identity, amount: MicroTokens): void
  pay(from: Identity, to: Identity, amount: MicroTokens, atMs?: number): Payment
  claim(identity: Identity, payments: readonly { payment: Payment; payer: Identity }[], atMs?: number): void
  reclaim(identity: Identity, payment: Payment, atMs: number): void
}

/** A ledger without accounts. */
export function createTestLedger(): TestLedger {
  const accounts = new Map<string, AccountState>()
  const payments = new Map<EntryHash, Payment>()
  let minted = 0n

  function state(identity: Identity): AccountState {
    const found = accounts.get(bytesToHexText(identity.account))
    if (found === undefined) throw new Error('This account is not open')
    return found
  }

  function apply(signed: SignedEntry): Transition {
    const key = bytesToHexText(signed.entry.account)
    const lookup = { genesis, payment: (hash: EntryHash) => payments.get(hash) }
    const transition = applyEntry(accounts.get(key), signed, lookup)
    accounts.set(key, transition.state)
    for (const payment of transition.payments) payments.set(payment.hash, payment)
    minted += transition.minted
    return transition
  }

  function write(identity: Identity, entry: Entry): SignedEntry {
    const signed = signEntry(identity, entry)
    apply(signed)
    return signed
  }

  return {
    genesis,
    payments,
    state,
    apply,
    write,
    minted: () => minted,
    states: () => [...accounts.values()],
    payment: (hash) => payments.get(hash),
    open(identity) {
      write(identity, openEntry(identity.account, genesis, START_MS))
    },
    fund(identity, amount = parseTokens('1000')) {
      write(identity, openEntry(identity.account, genesis, START_MS))
      const grant = starterGrant(identity.account, { amount })
      write(identity, collectEntry(state(identity), genesis, grant, START_MS))
    },
    endow(identity, amount) {
      const before = state(identity)
      const balance = toMicroTokens(before.balance + amount)
      accounts.set(bytesToHexText(identity.account), { ...before, balance })
      minted += amount
    },
    pay(from, to, amount, atMs = START_MS) {
      const invoice = new Uint8Array(32).fill(7)
      const expiresAtMs = atMs + genesis.paymentWindowMs
      const payment = { to: to.account, amount, invoice, expiresAtMs }
      const signed = write(from, payEntry(state(from), genesis, payment, atMs))
      const made = payments.get(signed.hash)
      if (made === undefined) throw new Error('The entry made no payment')
      return made
    },
    claim(identity, sources, atMs = START_MS) {
      const claimed = sources.map((source) => source.payment)
      const vouchers = sources.map((source) => signAck(source.payer, source.payment.hash))
      write(identity, claimEntry(state(identity), genesis, claimed, vouchers, atMs))
    },
    reclaim(identity, payment, atMs) {
      write(identity, reclaimEntry(state(identity), genesis, payment, atMs))
    },
  }
}
