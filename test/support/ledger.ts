import { expect } from 'vitest'
import { createGenesis } from '../../src/domain/economy/parameters.ts'
import type { Account } from '../../src/domain/identity/account.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { LoremeshError, type ErrorCode } from '../../src/domain/kernel/errors.ts'
import {
  parseTokens,
  sumTokens,
  toMicroTokens,
  type MicroTokens,
} from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import { applyEntry, type Transition } from '../../src/domain/ledger/apply-entry.ts'
import type { LedgerLookup } from '../../src/domain/ledger/effect.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
  releaseEntry,
  reserveEntry,
  type Moment,
} from '../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, EntryHash, SignedEntry, Voucher } from '../../src/domain/ledger/entry.ts'
import { beginningOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import { encodeGrant, encodeSignedGrant, signGrant, STARTER_GRANT_ID } from '../../src/domain/ledger/grant.ts'
import type { CheckpointTerms } from '../../src/domain/ledger/network-parameters.ts'
import { withChanges, type ParameterChange } from '../../src/domain/ledger/parameter-change.ts'
import { signAck, signVoucher } from '../../src/domain/ledger/voucher.ts'
import type { GrantTerms } from '../../src/ports/certifier.ts'
import { verifyEntryNow } from './reference-verifier.ts'

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
    return codeOfError(error)
  }
}

/** Waits for `task` and checks the code that it fails with. */
export async function expectRejection(task: () => Promise<unknown>, code: ErrorCode): Promise<void> {
  expect(await rejectionOf(task)).toBe(code)
}

/** The code that the promise of `task` fails with; undefined when it does not fail. Any other exception goes on. */
export async function rejectionOf(task: () => Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await task()
    return undefined
  } catch (error) {
    return codeOfError(error)
  }
}

function codeOfError(error: unknown): ErrorCode {
  if (error instanceof LoremeshError) return error.code
  throw error
}

/** Asks for the starter grant of a network that has no checkpoint yet. */
export function firstGrant(network: Genesis): GrantTerms {
  return { checkpoint: 0, amount: network.starterGrant }
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
  const bytes = encodeGrant({ kind: 'starter', account, amount, id: STARTER_GRANT_ID }, network)
  return encodeSignedGrant(
    bytes,
    signers.map(([index, signer]) => signGrant(signer, index, bytes)),
  )
}

/** A payment or reserve to claim: of a reserve `amount`, or all of it. */
export interface TestSource {
  readonly payment: Payment
  readonly payer: Identity
  readonly amount?: MicroTokens
}

/** The payer's voucher for a source. */
export function voucherFor({ payment, payer, amount = payment.amount }: TestSource): Voucher {
  return payment.kind === 'pay' ? signAck(payer, payment.hash) : signVoucher(payer, payment.hash, amount)
}

/** What a checkpoint of a test ledger states. */
interface TestFacts {
  /** Stake that it takes away. */
  readonly slashed?: readonly { readonly account: Account; readonly amount: MicroTokens }[]
  readonly changes?: readonly ParameterChange[]
}

/** A whole ledger in memory, as somebody sees it who knows every entry. Times are `START_MS` unless given. */
export interface TestLedger extends LedgerLookup {
  readonly payments: ReadonlyMap<EntryHash, Payment>
  /** State of an account; fails when it is not open. */
  state(identity: Identity): AccountState
  states(): readonly AccountState[]
  /** Everything granted so far. */
  minted(): bigint
  /** Everything that decay and slashes have taken. */
  pool(): bigint
  /** The moment with the newest checkpoint. */
  at(timestampMs?: number): Moment
  /** Makes the next checkpoint with such facts, and gives its height. */
  addCheckpoint(timeMs: number, facts?: TestFacts): number
  /** Verifies and applies an entry. */
  apply(signed: SignedEntry): Transition
  /** Signs and applies an entry of the identity's account. */
  write(identity: Identity, entry: Entry): SignedEntry
  open(identity: Identity): void
  /** Opens an account and gives it its starter grant, or this much credit out of nothing. */
  fund(identity: Identity, amount?: MicroTokens): void
  /** Gives an open account free tokens out of nothing, which no operation does yet. */
  endow(identity: Identity, amount: MicroTokens): void
  pay(from: Identity, to: Identity, amount: MicroTokens, atMs?: number): Payment
  reserve(from: Identity, to: Identity, cap: MicroTokens, atMs?: number): Payment
  claim(identity: Identity, sources: readonly TestSource[], atMs?: number): void
  /** What a checkpoint does with an open payment that ended. */
  lapse(payment: Payment): Payment
  reclaim(identity: Identity, payment: Payment, atMs?: number): void
  release(identity: Identity, reserve: Payment, atMs?: number): void
}

/** A ledger without accounts. */
export function createTestLedger(): TestLedger {
  const accounts = new Map<string, AccountState>()
  const payments = new Map<EntryHash, Payment>()
  const checkpoints: CheckpointTerms[] = [beginningOf(genesis)]
  const slashes: { readonly account: string; readonly height: number; readonly amount: MicroTokens }[] = []
  let minted = 0n
  let pool = 0n
  const lookup: LedgerLookup = {
    genesis,
    payment: (hash) => payments.get(hash),
    checkpoint: (height) => checkpoints[height],
    slashed(account, after, upTo) {
      const key = bytesToHexText(account)
      const during = slashes.filter((slash) => slash.height > after && slash.height <= upTo)
      return sumTokens(during.filter((slash) => slash.account === key).map((slash) => slash.amount))
    },
  }

  function state(identity: Identity): AccountState {
    const found = accounts.get(bytesToHexText(identity.account))
    if (found === undefined) throw new Error('This account is not open')
    return found
  }

  function at(timestampMs = START_MS): Moment {
    return { timestampMs, checkpoint: checkpoints.length - 1 }
  }

  function apply(signed: SignedEntry): Transition {
    const key = bytesToHexText(signed.entry.account)
    const transition = applyEntry(accounts.get(key), verifyEntryNow(signed, lookup), lookup)
    accounts.set(key, transition.state)
    for (const payment of transition.payments) payments.set(payment.hash, payment)
    minted += transition.minted
    pool += transition.toPool
    return transition
  }

  function write(identity: Identity, entry: Entry): SignedEntry {
    const signed = signEntry(identity, entry)
    apply(signed)
    return signed
  }

  function open(identity: Identity): void {
    write(identity, openEntry(identity.account, at(), lookup))
  }

  function paymentOf(hash: EntryHash): Payment {
    const payment = payments.get(hash)
    if (payment === undefined) throw new Error('The ledger knows no such payment')
    return payment
  }

  return {
    ...lookup,
    payments,
    state,
    at,
    apply,
    write,
    open,
    minted: () => minted,
    pool: () => pool,
    states: () => [...accounts.values()],
    addCheckpoint(timeMs, { slashed = [], changes = [] } = {}) {
      const before = checkpoints.at(-1)?.parameters ?? genesis
      const height = checkpoints.push({ timeMs, parameters: withChanges(before, changes), removals: [] }) - 1
      for (const { account, amount } of slashed)
        slashes.push({ account: bytesToHexText(account), height, amount })
      return height
    },
    fund(identity, amount) {
      open(identity)
      if (amount === undefined) {
        const grant = starterGrant(identity.account)
        write(identity, collectEntry(state(identity), grant, at(), lookup))
        return
      }
      accounts.set(bytesToHexText(identity.account), { ...state(identity), credit: amount })
      minted += amount
    },
    endow(identity, amount) {
      const before = state(identity)
      const balance = toMicroTokens(before.balance + amount)
      accounts.set(bytesToHexText(identity.account), { ...before, balance })
      minted += amount
    },
    pay(from, to, amount, atMs = START_MS) {
      const invoice = new Uint8Array(32).fill(7)
      const terms = { to: to.account, amount, invoice, expiresAtMs: atMs + genesis.paymentWindowMs }
      return paymentOf(write(from, payEntry(state(from), terms, at(atMs), lookup)).hash)
    },
    reserve(from, to, cap, atMs = START_MS) {
      const terms = { to: to.account, cap, expiresAtMs: atMs + genesis.paymentWindowMs }
      return paymentOf(write(from, reserveEntry(state(from), terms, at(atMs), lookup)).hash)
    },
    claim(identity, sources, atMs) {
      const claims = sources.map((source) => ({ payment: source.payment, voucher: voucherFor(source) }))
      write(identity, claimEntry(state(identity), claims, at(atMs), lookup))
    },
    lapse({ hash }) {
      const payment = paymentOf(hash)
      if (payment.state !== 'open') throw new Error('Only an open payment lapses')
      const lapsed: Payment = { ...payment, state: 'lapsed' }
      payments.set(hash, lapsed)
      return lapsed
    },
    reclaim(identity, payment, atMs) {
      write(identity, reclaimEntry(state(identity), payment, at(atMs), lookup))
    },
    release(identity, reserve, atMs) {
      write(identity, releaseEntry(state(identity), paymentOf(reserve.hash), at(atMs), lookup))
    },
  }
}
