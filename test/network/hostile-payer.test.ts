import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { signAck } from '../../src/domain/ledger/ack.ts'
import { createCertificate, encodeCertificate, signVote } from '../../src/domain/ledger/certificate.ts'
import { claimEntry, payEntry, reclaimEntry } from '../../src/domain/ledger/entry-builders.ts'
import { parseEntry, signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry } from '../../src/domain/ledger/entry.ts'
import { newIdentity, startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { startRawPayer, type RawPayer } from '../support/node-peer-payer.ts'
import { createHonestTrade, type HonestTrade } from '../support/node-peer-trade.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const article = '# Bees\n\nHoney bees tell each other where food is with a waggle dance.\n'

let server: TestServer
let seller: NodePeer
let buyer: NodePeer
let payer: RawPayer
let honest: HonestTrade
let context: ContextHash

beforeAll(async () => {
  server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_PAYMENT_WINDOW_SECONDS: '10' })
  ;[seller, buyer] = await Promise.all([startNodePeer(server), startNodePeer(server)])
  honest = createHonestTrade(seller, buyer)
  const documentHash = await seller.share('bees.md', article)
  const [first] = await seller.peer.library.contexts(documentHash)
  if (first === undefined) throw new Error('The article has no context')
  context = first.contextHash
  payer = await startRawPayer(server, seller.identity.peerId)
})
afterAll(async () => {
  await Promise.all([seller.close(), buyer.close(), payer.stop()])
  await server.stop()
})

/** Whatever was tried: the seller sells to others, and no token came from or went to nowhere. */
afterEach(async () => {
  await honest.trade()
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
})

const refusal = (code: string) => ({ type: 'refusal', code })
const withLastByteChanged = (wire: Uint8Array): Uint8Array =>
  wire.map((byte, at) => (at === wire.length - 1 ? byte ^ 1 : byte))

describe('a provider delivers nothing for', () => {
  it('a quote whose signature is forged', async () => {
    const quote = await payer.requestQuote([context])
    const { payment } = await payer.pay(quote)
    const forged = { ...payment, quoteWire: withLastByteChanged(payment.quoteWire) }
    expect(await payer.send(forged)).toMatchObject(refusal('bad-signature'))
  })

  it('a payment whose signature is forged', async () => {
    const quote = await payer.requestQuote([context])
    const { payment } = await payer.pay(quote)
    const forged = { ...payment, payWire: withLastByteChanged(payment.payWire) }
    expect(await payer.send(forged)).toMatchObject(refusal('bad-signature'))
  })

  it('a payment that no authority certified', async () => {
    const quote = await payer.requestQuote([context])
    const { signed, payment } = await payer.pay(quote)
    const certificate = createCertificate(signed, [signVote(newIdentity(), 0, signed)])
    const forged = { ...payment, certificateWire: encodeCertificate(certificate) }
    expect(await payer.send(forged)).toMatchObject(refusal('bad-certificate'))
  })

  it('a payment with the certificate of another', async () => {
    const quote = await payer.requestQuote([context])
    const { payment } = await payer.pay(quote)
    const { payment: later } = await payer.pay(quote)
    const swapped = { ...payment, certificateWire: later.certificateWire }
    expect(await payer.send(swapped)).toMatchObject(refusal('bad-certificate'))
  })

  it('a payment of less than was quoted', async () => {
    const quote = await payer.requestQuote([context])
    const { payment } = await payer.pay(quote, { amount: toMicroTokens(quote.quote.price - 1n) })
    expect(await payer.send(payment)).toMatchObject(refusal('payment-required'))
  })

  it('a payment that ends too soon to be claimed', async () => {
    const quote = await payer.requestQuote([context])
    const { payment } = await payer.pay(quote, { expiresAtMs: Date.now() + 1_000 })
    expect(await payer.send(payment)).toMatchObject(refusal('expired'))
  })

  it('what another peer has paid', async () => {
    const quote = await payer.requestQuote([context])
    const { payment } = await payer.pay(quote)
    const thief = await startRawPayer(server, seller.identity.peerId)
    expect(await thief.send(payment)).toMatchObject(refusal('payment-required'))
    await thief.stop()
  })
})

it('one payment brings one delivery, however often it is sent, and pays no other invoice', async () => {
  const first = await payer.requestQuote([context])
  const { signed, payment } = await payer.pay(first)
  const paid = await payer.raw.state()
  const before = seller.worth()
  expect(await payer.send(payment)).toMatchObject({ type: 'done' })
  expect(await payer.send(payment)).toMatchObject({ type: 'done' })
  expect(await payer.raw.state()).toEqual(paid)

  const second = await payer.requestQuote([context])
  const replayed = { ...payment, quoteWire: second.wire }
  expect(await payer.send(replayed)).toMatchObject(refusal('payment-required'))

  const { payment: again } = await payer.pay(first)
  expect(await payer.send(again)).toMatchObject(refusal('conflicting-invoice'))

  const { invoice } = first
  const notAnAck = signAck(newIdentity(), signed.hash)
  expect(await payer.say({ type: 'ack', invoice, ack: notAnAck })).toMatchObject(refusal('bad-signature'))
  expect(await payer.say({ type: 'ack', invoice: second.invoice, ack: notAnAck })).toMatchObject(
    refusal('not-found'),
  )
  const ack = signAck(payer.raw.identity, signed.hash)
  expect(await payer.say({ type: 'ack', invoice, ack })).toEqual({
    type: 'acked',
    exchange: expect.any(Number) as number,
  })
  expect(seller.worth()).toBe(before + first.quote.price)
})

it('another request under the id of an earlier one is refused', async () => {
  const requestId = new Uint8Array(16).fill(7)
  const maxTokenCost = toMicroTokens(1_000_000n)
  const request = { type: 'request', requestId, contexts: [context], maxTokenCost } as const
  const quoted = await payer.say(request)
  expect(quoted).toMatchObject({ type: 'quote' })
  expect(await payer.say(request)).toMatchObject({
    type: 'quote',
    quoteWire: (quoted as { quoteWire: Uint8Array }).quoteWire,
  })
  const other = { ...request, contexts: [context, `sha256:${'0'.repeat(64)}` as ContextHash] }
  expect(await payer.say(other)).toMatchObject(refusal('conflicting-invoice'))
})

describe('the authority', () => {
  const certify = (entry: Entry) => payer.raw.certifier.certify(signEntry(payer.raw.identity, entry))
  const genesis = () => payer.raw.info.genesis

  /** The payer's next entry: a payment to the seller. */
  async function nextPayment(amount = toMicroTokens(1_000n)) {
    const invoice = crypto.getRandomValues(new Uint8Array(32))
    const now = Date.now()
    const expiresAtMs = now + genesis().paymentWindowMs
    const to = seller.identity.account
    return payEntry(await payer.raw.state(), genesis(), { to, amount, invoice, expiresAtMs }, now)
  }

  it('answers an entry that it knows with the same vote, and changes nothing', async () => {
    const entry = await nextPayment()
    const first = await certify(entry)
    const after = await payer.raw.state()
    expect(await certify(entry)).toEqual(first)
    expect(await payer.raw.state()).toEqual(after)
  })

  it('never votes for a second entry at one place', async () => {
    const entry = await nextPayment()
    const rival = await nextPayment(toMicroTokens(2_000n))
    await certify(entry)
    await expect(certify(rival)).rejects.toMatchObject({ code: 'conflicting-entry' })
    const { entries = [] } = (await payer.raw.certifier.head(payer.raw.identity.peerId, -1)) ?? {}
    const [opening] = entries
    await expect(certify({ ...rival, seq: 1, prev: opening?.hash ?? null })).rejects.toMatchObject({
      code: 'conflicting-entry',
    })
  })

  it('refuses forged signatures, invented amounts and overdrafts', async () => {
    const entry = await nextPayment()
    const forged = parseEntry(withLastByteChanged(signEntry(payer.raw.identity, entry).wire))
    await expect(payer.raw.certifier.certify(forged)).rejects.toMatchObject({ code: 'bad-signature' })
    const richer = { ...entry, credit: toMicroTokens(entry.credit + 1n) }
    await expect(certify(richer)).rejects.toMatchObject({ code: 'bad-entry' })
    const all = toMicroTokens(genesis().starterGrant * 2n)
    const overdraft = { ...entry, operation: { ...entry.operation, amount: all, fromCredit: all } }
    await expect(certify(overdraft)).rejects.toMatchObject({ code: 'insufficient-balance' })
  })

  it('grants the starter tokens once', async () => {
    await expect(payer.raw.certifier.requestStarterGrant()).rejects.toMatchObject({ code: 'already-granted' })
  })

  it('lets nobody claim without the payer’s acknowledgement, nor what was paid to another', async () => {
    const entry = await nextPayment()
    const signed = signEntry(payer.raw.identity, entry)
    await payer.raw.certifier.certify(signed)
    const payment = await payer.raw.certifier.payment(signed.hash)
    if (payment === undefined) throw new Error('The payment is unknown')
    const thief = await startRawPayer(server, seller.identity.peerId)
    const voucher = signAck(payer.raw.identity, signed.hash)
    const stolen = { ...payment, payee: thief.raw.identity.account }
    const claim = claimEntry(await thief.raw.state(), genesis(), [stolen], [voucher], Date.now())
    await expect(thief.raw.certifier.certify(signEntry(thief.raw.identity, claim))).rejects.toMatchObject({
      code: 'bad-entry',
    })
    await thief.stop()
  })

  it('lets a payer take nothing back before the end of the window, whatever the date on the entry', async () => {
    const signed = signEntry(payer.raw.identity, await nextPayment())
    await payer.raw.certifier.certify(signed)
    const payment = await payer.raw.certifier.payment(signed.hash)
    if (payment === undefined) throw new Error('The payment is unknown')
    const early = reclaimEntry(await payer.raw.state(), genesis(), payment, payment.expiresAtMs)
    await expect(certify(early)).rejects.toMatchObject({ code: 'bad-entry' })
    expect((await payer.raw.certifier.payment(signed.hash))?.state).toBe('open')
  })
})

it('a payer that never acknowledges is served no more after four deliveries', async () => {
  const free = await startRawPayer(server, seller.identity.peerId)
  for (let delivered = 0; delivered < 4; delivered++) {
    const { payment } = await free.pay(await free.requestQuote([context]))
    expect(await free.send(payment)).toMatchObject({ type: 'done' })
  }
  const requestId = new Uint8Array(16)
  const maxTokenCost = toMicroTokens(1_000_000n)
  const reply = await free.say({ type: 'request', requestId, contexts: [context], maxTokenCost })
  expect(reply).toMatchObject(refusal('rate-limited'))
  await free.stop()
})

it('what was paid for nothing is the payer’s again once the windows have passed', async () => {
  const { identity, info, certifier } = payer.raw
  const { entries = [] } = (await certifier.head(identity.peerId, 0)) ?? {}
  const payments = entries.filter(({ entry }) => entry.operation.type === 'pay')
  expect(payments.length).toBeGreaterThan(10)
  await seller.peer.settle()
  let claimed = 0n
  for (const { hash } of payments) {
    const payment = await certifier.payment(hash)
    if (payment === undefined) throw new Error(`Payment ${hash} is unknown`)
    if (payment.state === 'claimed') {
      claimed += payment.amount
      continue
    }
    const reclaim = async () => {
      const entry = reclaimEntry(
        await payer.raw.state(),
        info.genesis,
        payment,
        Math.max(Date.now(), payment.expiresAtMs),
      )
      return certifier.certify(signEntry(identity, entry)).then(
        () => 'reclaimed',
        (error: unknown) => String(error),
      )
    }
    await expect.poll(reclaim, { timeout: 20_000, interval: 500 }).toBe('reclaimed')
  }
  const { credit, balance } = await payer.raw.state()
  expect(credit + balance).toBe(info.genesis.starterGrant - claimed)
})
