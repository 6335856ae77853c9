import { contextHashToDigest, hashText } from '../../src/domain/content/context-hash.ts'
import { createGenesis } from '../../src/domain/economy/parameters.ts'
import { contextPrice } from '../../src/domain/economy/price.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { bytesToHexText, textToBytes } from '../../src/domain/kernel/bytes.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { sumTokens, ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, encodeCertificate, signVote } from '../../src/domain/ledger/certificate.ts'
import { signDelivery } from '../../src/domain/ledger/delivery.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, Operation, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { networkIdOf } from '../../src/domain/ledger/genesis.ts'
import { signQuote } from '../../src/domain/ledger/quote.ts'
import { signAck, signVoucher } from '../../src/domain/ledger/voucher.ts'
import type { PaymentPhase, PaymentRecord, PurchaseRecord } from '../../src/ports/ledger-store.ts'
import { sampleIdentity } from './sample-peer-ids.ts'

const authority = sampleIdentity(100)

/** The network of the samples. */
export const sampleGenesis = createGenesis({
  name: 'sample',
  createdAtMs: 0,
  authorities: [authority.account],
})

/** What an account of the sample network has after an entry. */
export type SampleStanding = Pick<Entry, 'balance' | 'credit' | 'locked'>

/** An entry at a place of somebody's chain, signed. */
export function signSampleEntry(
  identity: Identity,
  place: { readonly seq: number; readonly prev: Entry['prev']; readonly timestampMs: number },
  standing: SampleStanding,
  operation: Operation,
): SignedEntry {
  return signEntry(identity, {
    version: 1,
    network: networkIdOf(sampleGenesis),
    account: identity.account,
    ...place,
    ...standing,
    stake: ZERO_TOKENS,
    checkpoint: 0,
    operation,
  })
}

/** Wire form of the certificate that the sample network's authority gives. */
export function certifySample(signed: SignedEntry): Uint8Array {
  return encodeCertificate(createCertificate(signed, [signVote(authority, 0, signed)]))
}

/** One delivery: who bought what from whom, and for which question. */
export interface SampleDelivery {
  readonly direction: 'out' | 'in'
  readonly other: Identity
  readonly atMs: number
  readonly question: string
  /** A text of each size stands for a context. */
  readonly sizes: readonly number[]
}

/** The price of a delivery. */
export function priceOf({ sizes }: Pick<SampleDelivery, 'sizes'>) {
  return sumTokens(sizes.map((size) => contextPrice(size, sampleGenesis.pricePerKb)))
}

/** The records of a payment or reserve with one delivery that was paid from it, every message signed. */
export function sampleTrade(
  signed: SignedEntry,
  phase: PaymentPhase,
  delivery: SampleDelivery,
): { readonly payment: PaymentRecord; readonly purchase: PurchaseRecord } {
  const { operation, timestampMs } = signed.entry
  if (operation.type !== 'pay' && operation.type !== 'reserve') throw new Error('Nothing is paid with it')
  const { direction, other, atMs, question, sizes } = delivery
  const self = sampleIdentity(0)
  const [payer, payee] = direction === 'out' ? [self, other] : [other, self]
  const texts = sizes.map((size, at) => `${question} ${at} `.padEnd(size, 'text '))
  const items = texts.map((text) => ({
    contextHash: hashText(text),
    sizeBytes: text.length,
    price: contextPrice(text.length, sampleGenesis.pricePerKb),
  }))
  const price = sumTokens(items.map((item) => item.price))
  const quote = signQuote(payee, {
    payee: payee.account,
    payer: payer.account,
    request: sha256Digest(textToBytes(question)),
    items,
    price,
    nonce: sha256Digest(textToBytes(`${question} ${atMs}`)).slice(0, 16),
    expiresAtMs: atMs + 60_000,
  })
  const isUnpaid = phase === 'returned' && operation.type === 'pay'
  const acknowledged =
    operation.type === 'pay' ? signAck(payer, signed.hash) : signVoucher(payer, signed.hash, price)
  const voucher = isUnpaid ? undefined : acknowledged
  const deliveryWire = signDelivery(payee, {
    invoice: quote.invoice,
    items: items.map(({ contextHash }, at) => ({
      contextDigest: contextHashToDigest(contextHash),
      deliveredDigest: sha256Digest(textToBytes(texts[at] ?? '')),
    })),
  })
  const payment: PaymentRecord = {
    payment: signed.hash,
    kind: operation.type,
    direction,
    counterparty: other.peerId,
    amount: operation.type === 'pay' ? operation.amount : operation.cap,
    fromCredit: operation.fromCredit,
    createdAtMs: timestampMs,
    expiresAtMs: operation.expiresAtMs,
    phase,
    entryWire: signed.wire,
    certificateWire: phase === 'signed' ? undefined : certifySample(signed),
    voucher,
    usedAtMs: atMs,
  }
  const purchase: PurchaseRecord = {
    invoice: bytesToHexText(quote.invoice),
    payment: signed.hash,
    direction,
    counterparty: other.peerId,
    items,
    price,
    paid: isUnpaid ? ZERO_TOKENS : price,
    voucher,
    createdAtMs: atMs,
    question: direction === 'out' ? question : '',
    quoteWire: quote.wire,
    deliveryWire: isUnpaid ? undefined : deliveryWire,
  }
  return { payment, purchase }
}
