import { hashText } from '../../src/domain/content/context-hash.ts'
import { contextPrice } from '../../src/domain/economy/price.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { sumTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { contextHashToDigest } from '../../src/domain/content/context-hash.ts'
import { createCertificate, encodeCertificate, signVote } from '../../src/domain/ledger/certificate.ts'
import { signDelivery } from '../../src/domain/ledger/delivery.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
  releaseEntry,
  reserveEntry,
} from '../../src/domain/ledger/entry-builders.ts'
import type { SignedEntry, Voucher } from '../../src/domain/ledger/entry.ts'
import { fetchRequestDigest, signQuote, type SignedQuote } from '../../src/domain/ledger/quote.ts'
import type { ReceiptParts } from '../../src/domain/ledger/receipt.ts'
import { signAck, signVoucher } from '../../src/domain/ledger/voucher.ts'
import {
  ann,
  authority,
  bob,
  createTestLedger,
  genesis,
  START_MS,
  starterGrant,
  type TestLedger,
} from './ledger.ts'

export const sampleTexts = ['The first context.', 'The second one, somewhat longer.'] as const

/** One purchase of Ann's from Bob, once by a payment and once from a reserve, with every message; always the same bytes. */
export interface SamplePurchase {
  readonly grantWire: Uint8Array
  readonly quote: SignedQuote
  readonly deliveryWire: Uint8Array
  /** Of the payment. */
  readonly ack: Voucher
  /** Of the reserve: for the price of the quote. */
  readonly voucher: Voucher
  readonly open: SignedEntry
  readonly collect: SignedEntry
  readonly pay: SignedEntry
  readonly reserve: SignedEntry
  readonly openPayee: SignedEntry
  /** Bob's, of the payment and of the reserve. */
  readonly claim: SignedEntry
  /** Takes back the rest of the reserve. */
  readonly release: SignedEntry
  /** Takes back another payment. */
  readonly reclaim: SignedEntry
  /** Of the payment. */
  readonly certificateWire: Uint8Array
  /** Of the reserve. */
  readonly reserveCertificateWire: Uint8Array
  /** The ledger after all of it. */
  readonly ledger: TestLedger
}

/** Makes the purchase. */
export function samplePurchase(): SamplePurchase {
  const ledger = createTestLedger()
  const grantWire = starterGrant(ann.account)
  const open = ledger.write(ann, openEntry(ann.account, ledger.at(), ledger))
  const collect = ledger.write(
    ann,
    collectEntry(ledger.state(ann), grantWire, ledger.at(START_MS + 1), ledger),
  )
  const quote = sampleQuote()
  const { payee, price } = quote.quote
  const expiresAtMs = START_MS + 60_000
  const pay = ledger.write(
    ann,
    payEntry(
      ledger.state(ann),
      { to: payee, amount: price, invoice: quote.invoice, expiresAtMs },
      ledger.at(START_MS + 2),
      ledger,
    ),
  )
  const reserve = ledger.write(
    ann,
    reserveEntry(
      ledger.state(ann),
      { to: payee, cap: genesis.creditLine, expiresAtMs },
      ledger.at(START_MS + 3),
      ledger,
    ),
  )
  const openPayee = ledger.write(bob, openEntry(bob.account, ledger.at(START_MS + 4), ledger))
  const vouchers = [signAck(ann, pay.hash), signVoucher(ann, reserve.hash, price)] as const
  const claims = [...ledger.payments.values()].flatMap((payment, at) => {
    const voucher = vouchers[at]
    return voucher === undefined ? [] : [{ payment, voucher }]
  })
  const claim = ledger.write(bob, claimEntry(ledger.state(bob), claims, ledger.at(START_MS + 4), ledger))
  const rest = ledger.payments.get(reserve.hash)
  if (rest === undefined) throw new Error('The reserve made no payment')
  const release = ledger.write(ann, releaseEntry(ledger.state(ann), rest, ledger.at(START_MS + 5), ledger))
  const lost = ledger.lapse(ledger.pay(ann, bob, price, START_MS + 6))
  const reclaim = ledger.write(
    ann,
    reclaimEntry(ledger.state(ann), lost, ledger.at(START_MS + 6 + genesis.paymentWindowMs), ledger),
  )
  const [ack, voucher] = vouchers
  return {
    grantWire,
    quote,
    deliveryWire: sampleDelivery(quote),
    ack,
    voucher,
    open,
    collect,
    pay,
    reserve,
    openPayee,
    claim,
    release,
    reclaim,
    certificateWire: sampleCertificate(pay),
    reserveCertificateWire: sampleCertificate(reserve),
    ledger,
  }
}

/** Everything about the purchase, paid by the payment or from the reserve. */
export function sampleReceipt(kind: ReceiptParts['kind'], purchase = samplePurchase()): ReceiptParts {
  const isPay = kind === 'pay'
  return {
    kind,
    entryWire: purchase[kind].wire,
    certificateWire: isPay ? purchase.certificateWire : purchase.reserveCertificateWire,
    quoteWire: purchase.quote.wire,
    deliveryWire: purchase.deliveryWire,
    voucher: isPay ? purchase.ack : purchase.voucher,
  }
}

/** Wire form of an entry's certificate by the samples' authority. */
export function sampleCertificate(signed: SignedEntry): Uint8Array {
  return encodeCertificate(createCertificate(signed, [signVote(authority, 0, signed)]))
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
