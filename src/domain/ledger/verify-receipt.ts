import { accountToPeerId, type PeerId } from '../identity/account.ts'
import type { SignatureVerifier } from '../identity/signature.ts'
import { bytesEqual, bytesToHexText } from '../kernel/bytes.ts'
import { isLoremeshError, LoremeshError } from '../kernel/errors.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import type { Payment } from './account-state.ts'
import { parseCertificate, verifyCertificate } from './certificate.ts'
import { parseDelivery, verifyDelivery } from './delivery.ts'
import type { EntryHash, Voucher } from './entry.ts'
import type { Genesis } from './genesis.ts'
import { verifyQuote, type QuoteItem } from './quote.ts'
import {
  parseReceipt,
  receiptFields,
  receiptSubject,
  type ReceiptSubject,
  type StatedReceipt,
} from './receipt.ts'
import type { Removals } from './removals.ts'
import { claimable } from './settle-effect.ts'
import { entrySignature } from './verify-entry.ts'
import { voucherSignature } from './voucher.ts'

/** What one check of a receipt found. */
export interface ReceiptCheck {
  readonly name: 'readable' | 'entry' | 'quote' | 'terms' | 'certificate' | 'delivery' | 'voucher'
  readonly ok: boolean
  /** Whether the receipt lacks what would have been checked; it is not `ok` then. */
  readonly missing: boolean
  /** For people: what is right or wrong. */
  readonly detail: string
}

/** What a receipt says, taken from the signed messages only. */
interface ReceiptFacts {
  readonly kind: Payment['kind']
  /** Hash of the entry that pays. */
  readonly payment: EntryHash
  readonly payer: PeerId
  readonly payee: PeerId
  /** Price of the delivery. */
  readonly amount: MicroTokens
  /** When the paying entry was written. */
  readonly timestampMs: number
  /** Hexadecimal digest of the quote. */
  readonly invoice: string
  readonly contexts: readonly QuoteItem[]
}

/**
 * What is to be thought of a receipt: `invalid` when anything in it is wrong, else `incomplete` when anything is missing,
 * such as the certificate of an entry that is not final yet.
 */
export interface ReceiptReport {
  readonly verdict: 'valid' | 'incomplete' | 'invalid'
  readonly facts: ReceiptFacts
  readonly checks: readonly ReceiptCheck[]
}

/** The newest checkpoint that whoever checks a receipt knows: 0 before the first. */
export interface ReceiptJudge {
  readonly checkpoint: number
  /** Whose votes don't count by that checkpoint. */
  readonly removals: Removals
}

/**
 * Checks the text of a receipt, whoever wrote it, against a network: that it says what is signed, and that every signed
 * message is by whom it should be and about the same delivery. It proves that the payer owes the price, or has paid it; of
 * a reserve, that the payer vouched for at least the price altogether, for this and other deliveries. Votes of authorities
 * don't count that were removed before, as of the newest checkpoint that is known (`asOf`). Throws what `parseReceipt` and `receiptSubject` throw for a
 * text that cannot be read as a receipt.
 */
export async function verifyReceipt(
  text: string,
  genesis: Genesis,
  verifier: SignatureVerifier,
  asOf: ReceiptJudge,
): Promise<ReceiptReport> {
  const stated = parseReceipt(text)
  const subject = receiptSubject(stated.parts)
  const checks = await Promise.all(checksOf(stated, subject, { genesis, verifier, asOf }))
  const isWrong = checks.some(({ ok, missing }) => !ok && !missing)
  const isWhole = checks.every(({ missing }) => !missing)
  return {
    verdict: isWrong ? 'invalid' : isWhole ? 'valid' : 'incomplete',
    facts: factsOf(subject),
    checks,
  }
}

function factsOf({ signed, operation, quote }: ReceiptSubject): ReceiptFacts {
  return {
    kind: operation.type,
    payment: signed.hash,
    payer: accountToPeerId(signed.entry.account),
    payee: accountToPeerId(operation.to),
    amount: quote.quote.price,
    timestampMs: signed.entry.timestampMs,
    invoice: bytesToHexText(quote.invoice),
    contexts: quote.quote.items,
  }
}

function checksOf(
  { parts, fields }: StatedReceipt,
  subject: ReceiptSubject,
  {
    genesis,
    verifier,
    asOf,
  }: { readonly genesis: Genesis; readonly verifier: SignatureVerifier; readonly asOf: ReceiptJudge },
): readonly Promise<ReceiptCheck>[] {
  const { certificateWire, deliveryWire, voucher } = parts
  const { signed, quote } = subject
  return [
    check('readable', 'What can be read is what is signed', () => {
      checkReadable(fields, receiptFields(parts))
    }),
    check('entry', "The payer's entry belongs to this network and is signed", async () => {
      if (await verifier.verify([entrySignature(signed, genesis)])) return
      throw new LoremeshError('bad-signature', 'The entry is not signed by the payer')
    }),
    check('quote', 'The quote is signed by the payee', () => verifyQuote(quote, verifier)),
    check('terms', 'The entry pays for this quote', () => {
      checkTerms(subject)
    }),
    certificateWire === undefined
      ? missing('certificate', 'The authorities have not certified the entry yet')
      : check(
          'certificate',
          `A quorum of the authorities made the entry final, as of checkpoint ${asOf.checkpoint}`,
          () =>
            verifyCertificate(parseCertificate(certificateWire), signed, genesis, verifier, asOf.removals),
        ),
    deliveryWire === undefined
      ? missing('delivery', 'The payee has not stated that it delivered')
      : check('delivery', 'The payee states that it delivered exactly what it quoted', () =>
          verifyDelivery(parseDelivery(deliveryWire), quote, verifier),
        ),
    voucher === undefined
      ? missing('voucher', 'The payer has not acknowledged the delivery')
      : checkVoucher(voucher, subject, verifier),
  ]
}

async function checkVoucher(
  voucher: Voucher,
  { signed, operation, total, quote: { quote } }: ReceiptSubject,
  verifier: SignatureVerifier,
): Promise<ReceiptCheck> {
  const found = await check(
    'voucher',
    'The payer vouched for the price, so that the payee can claim it',
    async () => {
      if (!(await verifier.verify([voucherSignature(signed.entry.account, signed.hash, voucher)]))) {
        throw new LoremeshError('bad-signature', 'The voucher is not signed by the payer')
      }
      claimable({ kind: operation.type, amount: total }, voucher)
    },
  )
  // A delivery that goes on, or that broke off, is vouched for in part.
  const isPart = voucher.amount !== undefined && voucher.amount < quote.price
  return found.ok && isPart ? missing('voucher', 'The payer has vouched for a part of the price only') : found
}

/** Throws `bad-input` unless the text says exactly what follows from the signed messages. */
function checkReadable(stated: ReadonlyMap<string, unknown>, signed: ReadonlyMap<string, unknown>): void {
  const names = new Set([...stated.keys(), ...signed.keys()])
  const wrong = [...names].filter((name) => !isSame(stated.get(name), signed.get(name)))
  if (wrong.length === 0) return
  const shown = wrong
    .slice(0, 5)
    .map((name) => fieldWords[name] ?? `“${name.slice(0, 40)}”, which is not signed`)
  throw new LoremeshError('bad-input', `Something else is signed than what can be read: ${shown.join(', ')}`)
}

/** What the fields of a receipt are, for people. */
const fieldWords: Readonly<Record<string, string>> = {
  network: 'the network',
  kind: 'the kind of payment',
  payment: "the payment's hash",
  payer: 'the payer',
  payee: 'the payee',
  timestampMs: 'the time',
  amountMicroTokens: 'the price',
  reservedMicroTokens: 'the amount that was set aside',
  vouchedMicroTokens: 'the amount that the payer vouched for',
  invoice: "the offer's hash",
  items: 'the list of contexts',
  signed: 'the list of signed messages',
}

function checkTerms({ signed, operation, total, quote: { quote, invoice } }: ReceiptSubject): void {
  const wrong = (message: string): LoremeshError => new LoremeshError('bad-entry', message)
  if (!bytesEqual(quote.payer, signed.entry.account)) throw wrong('The quote is for another payer')
  if (!bytesEqual(quote.payee, operation.to)) throw wrong('The entry is for another payee')
  if (operation.type === 'pay' && !bytesEqual(operation.invoice, invoice)) {
    throw wrong('The entry pays for another quote')
  }
  if (operation.type === 'pay' ? total !== quote.price : total < quote.price) {
    throw wrong('The entry is not about the price of the quote')
  }
}

/** Whether two JSON values are the same; the depth of `b` bounds how far it looks. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return left.size === right.size && [...right].every(([key, value]) => isSame(left.get(key), value))
}

async function check(
  name: ReceiptCheck['name'],
  detail: string,
  test: () => void | Promise<void>,
): Promise<ReceiptCheck> {
  try {
    await test()
    return { name, ok: true, missing: false, detail }
  } catch (error) {
    if (isLoremeshError(error)) return { name, ok: false, missing: false, detail: error.message }
    throw error
  }
}

function missing(name: ReceiptCheck['name'], detail: string): Promise<ReceiptCheck> {
  return Promise.resolve({ name, ok: false, missing: true, detail })
}
