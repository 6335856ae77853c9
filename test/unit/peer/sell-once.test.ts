import { expect, it } from 'vitest'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { createWebCryptoHasher } from '../../../src/adapters/webcrypto/webcrypto-hasher.ts'
import type { Context } from '../../../src/domain/content/context.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { bytesToHexText, textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { payEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { parseQuote } from '../../../src/domain/ledger/quote.ts'
import { signAck } from '../../../src/domain/ledger/voucher.ts'
import { createCertificateCheck } from '../../../src/peer/certificate-check.ts'
import { createLedgerView } from '../../../src/peer/ledger-view.ts'
import { createPaymentBooks } from '../../../src/peer/payment-books.ts'
import { createSaleContents } from '../../../src/peer/sale-contents.ts'
import { createSingleSeller, type SingleSeller } from '../../../src/peer/sell-once.ts'
import type { Hasher } from '../../../src/ports/hasher.ts'
import { ann, bob, createTestLedger, genesis, START_MS } from '../../support/ledger.ts'
import { sampleCertificate } from '../../support/ledger-samples.ts'
import { referenceVerifier } from '../../support/reference-verifier.ts'

const text = 'Honey bees dance.'
const contextHash = hashText(text)
const clock = { nowMs: () => START_MS }

/** Ann sells one context, which she reads through `hasher`. */
async function openSeller(hasher: Hasher) {
  const contextStore = createMemoryContextStore()
  const ledgerStore = createMemoryLedgerStore()
  const sizeBytes = textToBytes(text).length
  const context: Context = {
    contextHash,
    text,
    sizeBytes,
    title: 'Bees',
    headingPath: [],
    tags: [],
    documentHash: contextHash,
    documentTitle: 'Bees',
    documentBytes: sizeBytes,
    startByte: 0,
    endByte: sizeBytes,
    author: ann.peerId,
    origin: 'own',
    addedAtMs: START_MS,
  }
  await contextStore.putContexts([context], [])
  let nonce = 0
  const view = createLedgerView({ genesis, clock })
  const contents = createSaleContents({
    identity: ann,
    contextStore,
    clock,
    hasher,
    view,
    library: { isShared: () => true },
    randomness: { bytes: (length) => new Uint8Array(length).fill(nonce++) },
  })
  const server = createSingleSeller(
    {
      identity: ann,
      contents,
      books: createPaymentBooks({ ledgerStore }),
      ledgerStore,
      signatureVerifier: referenceVerifier,
      checkCertificate: createCertificateCheck({
        genesis,
        signatureVerifier: referenceVerifier,
        view,
        checkpoints: { learnAt: () => Promise.resolve() },
      }),
      clock,
      genesis,
    },
    { onAcknowledged: () => undefined },
  )
  return { server, ledgerStore }
}

/** Bob's wallet, which makes certified payments for quotes. */
function openPayer() {
  const ledger = createTestLedger()
  ledger.fund(bob)
  return (quoteWire: Uint8Array) => {
    const quote = parseQuote(quoteWire)
    const { payee, price } = quote.quote
    const expiresAtMs = START_MS + genesis.paymentWindowMs
    const terms = { to: payee, amount: price, invoice: quote.invoice, expiresAtMs }
    const signed = ledger.write(bob, payEntry(ledger.state(bob), terms, ledger.at(), ledger))
    const message = { quoteWire, payWire: signed.wire, certificateWire: sampleCertificate(signed) }
    return { invoice: quote.invoice, signed, message }
  }
}

/** The server's quote for Bob's request of that number. */
async function askQuote(server: SingleSeller, request = 0): Promise<Uint8Array> {
  const reply = await server.quote(
    {
      requestId: new Uint8Array(16).fill(request),
      contexts: [contextHash],
      maxTokenCost: genesis.pricePerKb,
    },
    bob.peerId,
  )
  if (reply.status === 'refused') throw new Error(reply.message)
  return reply.quoteWire
}

/** How many of the tasks succeed; the others have to be refused as too many. */
async function countAllowed(tasks: readonly Promise<unknown>[]): Promise<number> {
  const outcomes = await Promise.allSettled(tasks)
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'rate-limited' })
  return outcomes.length - refused.length
}

it('an acknowledgement stays, although an earlier try of the same payment is only now delivered', async () => {
  const honest = createWebCryptoHasher()
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  let calls = 0
  const { server, ledgerStore } = await openSeller({
    async sha256(parts) {
      calls += 1
      if (calls === 1) await held
      return honest.sha256(parts)
    },
  })
  const payFor = openPayer()
  const { invoice, signed, message } = payFor(await askQuote(server))

  const first = server.deliver(message, bob.peerId)
  await server.deliver(message, bob.peerId)
  await server.acknowledge(invoice, signAck(bob, signed.hash).signature, bob.peerId)
  release()
  expect((await first).status).toBe('delivered')
  const voucher = signAck(bob, signed.hash)
  expect(await ledgerStore.getPurchase(bytesToHexText(invoice))).toMatchObject({ voucher })
  expect(await ledgerStore.getPayment(signed.hash)).toMatchObject({ phase: 'certified', voucher })
})

it('quotes only so often to a peer that does not pay', async () => {
  const { server } = await openSeller(createWebCryptoHasher())
  const requests = Array.from({ length: 30 }, (_, at) => askQuote(server, at))
  expect(await countAllowed(requests)).toBe(16)
  expect(await askQuote(server, 0)).toEqual(await requests[0])
})

it('delivers little to a peer that acknowledges nothing, however many quotes it has paid', async () => {
  const { server } = await openSeller(createWebCryptoHasher())
  const payFor = openPayer()
  const payments: Awaited<ReturnType<typeof payFor>>[] = []
  for (let at = 0; at < 6; at++) payments.push(payFor(await askQuote(server, at)))
  const deliver = () => payments.map(({ message }) => server.deliver(message, bob.peerId))
  const outcomes = await Promise.allSettled(deliver())
  const delivered = payments.filter((_, at) => outcomes[at]?.status === 'fulfilled')
  expect(delivered).toHaveLength(4)

  const [first] = delivered
  if (first === undefined) throw new Error('Nothing was delivered')
  await server.acknowledge(first.invoice, signAck(bob, first.signed.hash).signature, bob.peerId)
  expect(await countAllowed(deliver())).toBe(5)
})

it('delivers for one payment only so often', async () => {
  const { server } = await openSeller(createWebCryptoHasher())
  const payFor = openPayer()
  const { message } = payFor(await askQuote(server))
  const deliveries = Array.from({ length: 12 }, () => server.deliver(message, bob.peerId))
  expect(await countAllowed(deliveries)).toBe(8)
})

it('takes acknowledgements of sales that a restored backup lacks, once the ledger has told of their payments', async () => {
  const before = await openSeller(createWebCryptoHasher())
  const restored = await openSeller(createWebCryptoHasher())
  const payFor = openPayer()
  const sales = []
  for (let at = 0; at < 4; at++) {
    const sale = payFor(await askQuote(before.server, at))
    await before.server.deliver(sale.message, bob.peerId)
    const record = await before.ledgerStore.getPayment(sale.signed.hash)
    if (record === undefined) throw new Error('The payment was not recorded')
    await restored.ledgerStore.putPayment(record)
    sales.push(sale)
  }
  // Nothing that is known here was delivered for them.
  await askQuote(restored.server, 9)

  const [first, second] = sales
  if (first === undefined || second === undefined) throw new Error('Nothing was sold')
  const { server, ledgerStore } = restored
  const voucher = signAck(bob, first.signed.hash)
  const wrong = server.acknowledge(second.invoice, voucher.signature, bob.peerId)
  await expect(wrong).rejects.toMatchObject({ code: 'bad-signature' })
  const stranger = server.acknowledge(first.invoice, voucher.signature, ann.peerId)
  await expect(stranger).rejects.toMatchObject({ code: 'not-found' })
  await server.acknowledge(first.invoice, voucher.signature, bob.peerId)
  expect(await ledgerStore.getPayment(first.signed.hash)).toMatchObject({ voucher })
  expect(await ledgerStore.getPayment(second.signed.hash)).toMatchObject({ voucher: undefined })
})
