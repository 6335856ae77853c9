import { hashText } from '../../src/domain/content/context-hash.ts'
import { contextPrice } from '../../src/domain/economy/price.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { sumTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { contextHashToDigest } from '../../src/domain/content/context-hash.ts'
import { signAck } from '../../src/domain/ledger/ack.ts'
import { createCertificate, encodeCertificate, signVote } from '../../src/domain/ledger/certificate.ts'
import { signDelivery } from '../../src/domain/ledger/delivery.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
} from '../../src/domain/ledger/entry-builders.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import { fetchRequestDigest, signQuote, type SignedQuote } from '../../src/domain/ledger/quote.ts'
import { ann, authority, bob, createTestLedger, genesis, START_MS, starterGrant } from './ledger.ts'

export const sampleTexts = ['The first context.', 'The second one, somewhat longer.'] as const

/** One purchase of Ann's from Bob with every message about it; always the same bytes. */
export interface SamplePurchase {
  readonly grantWire: Uint8Array
  readonly quote: SignedQuote
  readonly deliveryWire: Uint8Array
  readonly ack: Uint8Array
  readonly open: SignedEntry
  readonly collect: SignedEntry
  readonly pay: SignedEntry
  readonly claim: SignedEntry
  /** Takes back another payment. */
  readonly reclaim: SignedEntry
  /** Of the payment. */
  readonly certificateWire: Uint8Array
}

/** Makes the purchase. */
export function samplePurchase(): SamplePurchase {
  const ledger = createTestLedger()
  const grantWire = starterGrant(ann.account)
  const open = ledger.write(ann, openEntry(ann.account, genesis, START_MS))
  const collect = ledger.write(ann, collectEntry(ledger.state(ann), genesis, grantWire, START_MS + 1))
  const quote = sampleQuote()
  const { payee, price } = quote.quote
  const terms = { to: payee, amount: price, invoice: quote.invoice, expiresAtMs: START_MS + 60_000 }
  const pay = ledger.write(ann, payEntry(ledger.state(ann), genesis, terms, START_MS + 2))
  const ack = signAck(ann, pay.hash)
  ledger.open(bob)
  const payments = [...ledger.payments.values()]
  const claim = ledger.write(bob, claimEntry(ledger.state(bob), genesis, payments, [ack], START_MS + 3))
  const lost = ledger.pay(ann, bob, price, START_MS + 4)
  const reclaim = ledger.write(
    ann,
    reclaimEntry(ledger.state(ann), genesis, lost, START_MS + 4 + genesis.paymentWindowMs),
  )
  return {
    grantWire,
    quote,
    deliveryWire: sampleDelivery(quote),
    ack,
    open,
    collect,
    pay,
    claim,
    reclaim,
    certificateWire: encodeCertificate(createCertificate(pay, [signVote(authority, 0, pay)])),
  }
}

/** Bob's quote to Ann for the sample texts. */
export function sampleQuote(): SignedQuote {
  const items = sampleTexts.map((text) => {
    const sizeBytes = textToBytes(text).length
    return { contextHash: hashText(text), sizeBytes, price: contextPrice(sizeBytes, genesis.pricePerKb) }
  })
  const contexts = items.map((item) => item.contextHash)
  return signQuote(bob, {
    payee: bob.account,
    payer: ann.account,
    request: fetchRequestDigest(new Uint8Array(16).fill(5), contexts),
    items,
    price: sumTokens(items.map((item) => item.price)),
    nonce: new Uint8Array(16).fill(6),
    expiresAtMs: START_MS + 30_000,
  })
}

/** Bob's statement that he delivered these texts for the quote. */
export function sampleDelivery(quote: SignedQuote, texts: readonly string[] = sampleTexts): Uint8Array {
  return signDelivery(bob, {
    invoice: quote.invoice,
    items: quote.quote.items.map((item, index) => ({
      contextDigest: contextHashToDigest(item.contextHash),
      deliveredDigest: sha256Digest(textToBytes(texts[index] ?? '')),
    })),
  })
}
