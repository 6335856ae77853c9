import { expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { createWebCryptoSignatureVerifier } from '../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { CHOICE_RULE } from '../../../src/domain/gossip/topic-choice.ts'
import { shardTopicOf, type LedgerTopic } from '../../../src/domain/gossip/topics.ts'
import { accountToPeerId, toAccount, type PeerId } from '../../../src/domain/identity/account.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { encodeCbor } from '../../../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { sha256Digest } from '../../../src/domain/kernel/hashing.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { createForkWatch } from '../../../src/peer/fork-watch.ts'
import { createIncomingReserves } from '../../../src/peer/incoming-reserves.ts'
import { createLedgerListening } from '../../../src/peer/ledger-listening.ts'
import { createLedgerView } from '../../../src/peer/ledger-view.ts'
import { createPaymentBooks } from '../../../src/peer/payment-books.ts'
import type { LedgerStore, PaymentRecord } from '../../../src/ports/ledger-store.ts'
import { ann, bob, cat, genesis, rejectionOf, START_MS, testIdentity } from '../../support/ledger.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { certificateOf, entryAt, operations } from '../../support/slot-entries.ts'

const topicsOf = (...identities: readonly Identity[]): Set<LedgerTopic> =>
  new Set(identities.map(({ account }) => shardTopicOf(account)))

/** Bob's listening in a network that is too busy for the base topic, and what it chose last. */
function open() {
  const clock = createManualClock(START_MS)
  const archive = createWritable({ isKept: false })
  const ledgerStore = createMemoryLedgerStore()
  const listened = createWritable<ReadonlySet<LedgerTopic>>(new Set())
  const listening = createLedgerListening(
    { identity: bob, ledgerStore, archive, clock, network: { listen: listened.set } },
    {
      onFailure(error) {
        throw error
      },
      rule: { ...CHOICE_RULE, leaveAbove: -1, returnBelow: 0 },
    },
  )
  listening.start()
  return { ...listening, clock, archive, ledgerStore, listened: listened.get }
}

/** Records a payment between bob and a counterparty. */
function record(
  ledgerStore: LedgerStore,
  counterparty: Identity,
  part: Pick<PaymentRecord, 'direction' | 'phase'>,
): Promise<void> {
  const signed = entryAt(counterparty, 5, operations.reserve(1))
  return ledgerStore.putPayment({
    payment: signed.hash,
    kind: 'reserve',
    counterparty: counterparty.peerId,
    amount: toMicroTokens(1n),
    fromCredit: ZERO_TOKENS,
    createdAtMs: START_MS,
    expiresAtMs: START_MS + 60_000,
    entryWire: signed.wire,
    certificateWire: undefined,
    voucher: undefined,
    usedAtMs: START_MS,
    ...part,
  })
}

it('in a busy network a peer listens for its own account and for the counterparties of open payments', async () => {
  const { clock, ledgerStore, listened } = open()
  await record(ledgerStore, ann, { direction: 'in', phase: 'signed' })
  await record(ledgerStore, cat, { direction: 'out', phase: 'certified' })
  await record(ledgerStore, testIdentity(9), { direction: 'out', phase: 'claimed' })
  await clock.advance(60_000)
  expect(listened()).toEqual(topicsOf(bob, ann, cat))
})

it('whoever is dealt with is listened to at once, and for a minute without a payment', async () => {
  const { clock, heed, listened } = open()
  await clock.advance(60_000)
  heed(ann.peerId)
  expect(listened()).toEqual(topicsOf(bob, ann))
  await clock.advance(55_000)
  expect(listened()).toEqual(topicsOf(bob, ann))
  await clock.advance(60_000)
  expect(listened()).toEqual(topicsOf(bob))
})

it('of counterparties without a payment only the newest are listened to', async () => {
  const { clock, heed, listened } = open()
  await clock.advance(60_000)
  heed(ann.peerId)
  for (let n = 0; n < 32; n++) heed(cat.peerId)
  expect(listened()).toEqual(topicsOf(bob, ann, cat))
  // 32 others of bob's shard, so that those of ann and cat go.
  for (const peerId of neighboursOf(bob, 32)) heed(peerId)
  await clock.advance(40_000)
  expect(listened()).toEqual(topicsOf(bob))
})

/** Other peers of the same shard. */
function neighboursOf({ account }: Identity, count: number): readonly PeerId[] {
  const found: PeerId[] = []
  for (let n = 0; found.length < count; n++) {
    const other = toAccount(sha256Digest(encodeCbor([n])))
    if (shardTopicOf(other) === shardTopicOf(account)) found.push(accountToPeerId(other))
  }
  return found
}

it('whoever keeps the ledger listens to the base topic as well', async () => {
  const { clock, archive, listened } = open()
  await clock.advance(60_000)
  archive.set({ isKept: true })
  await clock.advance(5_000)
  expect(listened()).toEqual(new Set(['ledger', ...topicsOf(bob)]))
})

it('nothing changes any more after the end', async () => {
  const { clock, stop, listened } = open()
  stop()
  await clock.advance(60_000)
  expect(listened()).toEqual(new Set())
})

/** Bob's reserves, and in what order accounts were listened to and told of. */
function openReserves() {
  const events: string[] = []
  const clock = createManualClock(START_MS)
  const ledgerStore = createMemoryLedgerStore()
  const signatureVerifier = createWebCryptoSignatureVerifier()
  const parts = { identity: bob, ledgerStore, clock, genesis, signatureVerifier }
  const forkWatch = createForkWatch(parts, {
    announce: (news) => events.push(news.type),
    onCertified: () => undefined,
    onClaimed: () => undefined,
    onCheckpoint: () => undefined,
    onFailure: () => undefined,
  })
  const reserves = createIncomingReserves({
    ...parts,
    forkWatch,
    listening: { heed: (peerId) => events.push(peerId) },
    books: createPaymentBooks(parts),
    view: createLedgerView(parts),
    checkCertificate: () => Promise.resolve(),
    certifier: { head: () => Promise.reject(new LoremeshError('authority-unreachable', 'Not here')) },
  })
  return { ...reserves, events, forkWatch }
}

const reserve = entryAt(ann, 5, {
  type: 'reserve',
  to: bob.account,
  cap: toMicroTokens(1_000n),
  fromCredit: ZERO_TOKENS,
  expiresAtMs: START_MS + genesis.paymentWindowMs,
})

it('a payee listens for a payer before it tells of its reserve, and so before it delivers on it', async () => {
  const { open: openReserve, events, forkWatch } = openReserves()
  await forkWatch.judge({ type: 'certificate', certificate: certificateOf(entryAt(ann, 4)) })
  await openReserve({ reserveWire: reserve.wire, certificateWire: undefined }, ann.peerId)
  expect(events).toEqual([ann.peerId, 'entry'])
})

it('a payee listens for a payer with a certified reserve, and not for one that it never heard of', async () => {
  const certified = openReserves()
  const certificateWire = encodeCertificate(certificateOf(reserve))
  await certified.open({ reserveWire: reserve.wire, certificateWire }, ann.peerId)
  expect(certified.events).toEqual([ann.peerId, 'entry'])
  const unknown = openReserves()
  const opening = { reserveWire: reserve.wire, certificateWire: undefined }
  expect(await rejectionOf(() => unknown.open(opening, ann.peerId))).toBe('payment-required')
  expect(unknown.events).toEqual(['entry'])
})
