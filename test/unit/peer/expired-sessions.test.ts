import { beforeEach, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import { createPayerSessions, type PayerSessions } from '../../../src/peer/payer-sessions.ts'
import type { LedgerStore } from '../../../src/ports/ledger-store.ts'
import { ann, bob, cat, genesis, START_MS } from '../../support/ledger.ts'
import { entryAt, operations } from '../../support/slot-entries.ts'

const NEED = toMicroTokens(1n)
const WINDOW_MS = genesis.paymentWindowMs

let nowMs: number
let ledgerStore: LedgerStore
let sessions: PayerSessions
/** Payees with which a session was agreed over the network, in this order. */
let agreed: PeerId[]

beforeEach(() => {
  nowMs = START_MS
  ledgerStore = createMemoryLedgerStore()
  agreed = []
  sessions = createPayerSessions({
    account: {
      spend: () => Promise.reject(new Error('There is no other reserve')),
      finishIfQuorum: () => Promise.resolve(),
    },
    ledgerStore,
    network: {
      openSession(payee) {
        agreed.push(payee)
        return Promise.resolve({ creditLine: NEED, vouched: ZERO_TOKENS, standing: undefined })
      },
      sendVoucher: () => Promise.resolve(),
    },
    forkWatch: { isFrozen: () => false },
    listening: { heed: () => undefined },
    signatureVerifier: { verify: () => Promise.resolve(true) },
    checkpoints: { accept: () => Promise.resolve(true) },
    standings: { learn: () => undefined },
    view: { removals: () => [] },
    clock: { nowMs: () => nowMs },
    genesis,
  })
})

/** Ann has reserved tokens for a payee; they come back a payment window after `START_MS`. */
async function reserveFor(payee: PeerId): Promise<void> {
  const { hash, wire } = entryAt(ann, 1, operations.reserve(1))
  await ledgerStore.putPayment({
    payment: hash,
    kind: 'reserve',
    direction: 'out',
    counterparty: payee,
    amount: NEED,
    fromCredit: ZERO_TOKENS,
    createdAtMs: START_MS,
    expiresAtMs: START_MS + WINDOW_MS,
    phase: 'certified',
    entryWire: wire,
    certificateWire: new Uint8Array(1),
    voucher: undefined,
    usedAtMs: START_MS,
  })
}

/** A time at which the reserve has ended comes, something is bought from somebody else, and the clock is set back. */
async function passTheEnd(): Promise<void> {
  nowMs = START_MS + WINDOW_MS
  await expect(sessions.open(cat.peerId, NEED, {})).rejects.toThrow('There is no other reserve')
  nowMs = START_MS
}

it('a session is known until its reserve has ended, and no longer', async () => {
  await reserveFor(bob.peerId)
  await sessions.open(bob.peerId, NEED, {})
  await sessions.open(bob.peerId, NEED, {})
  expect(agreed).toEqual([bob.peerId])
  await passTheEnd()
  await sessions.open(bob.peerId, NEED, {})
  expect(agreed).toEqual([bob.peerId, bob.peerId])
})

it('a reserve that is used no more is remembered until it has ended, and no longer', async () => {
  await reserveFor(bob.peerId)
  sessions.retire(await sessions.open(bob.peerId, NEED, {}))
  await expect(sessions.open(bob.peerId, NEED, {})).rejects.toThrow('There is no other reserve')
  await passTheEnd()
  const { reserve } = await sessions.open(bob.peerId, NEED, {})
  expect(await ledgerStore.getPayment(reserve)).toBeDefined()
})
