import { accountToPeerId } from '../identity/account.ts'
import { bytesToHexText, hexTextToBytes } from '../kernel/bytes.ts'
import { decodeCbor, encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import type { Payment } from './account-state.ts'
import { MAX_CERTIFICATE_WIRE_BYTES } from './certificate.ts'
import { MAX_DELIVERY_WIRE_BYTES } from './delivery.ts'
import { MAX_ENTRY_WIRE_BYTES, parseEntry } from './entry-codec.ts'
import type { Operation, SignedEntry, Voucher } from './entry.ts'
import { MAX_QUOTE_WIRE_BYTES, parseQuote, type SignedQuote } from './quote.ts'
import { encodeVoucher, readVoucher } from './voucher.ts'

/** The signed messages about one delivery and how it was paid; those that do not exist (yet) are undefined. */
export interface ReceiptParts {
  readonly kind: Payment['kind']
  /** The payment, or the reserve that the delivery was paid from. */
  readonly entryWire: Uint8Array
  readonly certificateWire: Uint8Array | undefined
  readonly quoteWire: Uint8Array
  readonly deliveryWire: Uint8Array | undefined
  /** The payer's acknowledgement of the payment, or a voucher for the reserve that covers the delivery. */
  readonly voucher: Voucher | undefined
}

/** What a receipt is about. */
export interface ReceiptSubject {
  readonly signed: SignedEntry
  readonly operation: Extract<Operation, { type: Payment['kind'] }>
  /** What the entry pays, or the most that can be claimed of a reserve. */
  readonly total: MicroTokens
  readonly quote: SignedQuote
}

/** A receipt's text as somebody showed it: the messages in it, and everything that it says, signed or not. */
export interface StatedReceipt {
  readonly parts: ReceiptParts
  readonly fields: ReadonlyMap<string, unknown>
}

const FORMAT = 'loremesh-receipt/2'
/** Largest text of a receipt, in UTF-16 units: 256 contexts with every message need 130,000. */
export const MAX_RECEIPT_LENGTH = 163_840
const MAX_VOUCHER_BYTES = 128

/** Reads the entry and the quote. Throws `bad-entry` for another kind of entry, and what `parseEntry` and `parseQuote` throw. */
export function receiptSubject({ kind, entryWire, quoteWire }: ReceiptParts): ReceiptSubject {
  const signed = parseEntry(entryWire)
  const { operation } = signed.entry
  if ((operation.type !== 'pay' && operation.type !== 'reserve') || operation.type !== kind) {
    throw new LoremeshError(
      'bad-entry',
      'A receipt is about a payment, or about a delivery paid from a reserve',
    )
  }
  const total = operation.type === 'pay' ? operation.amount : operation.cap
  return { signed, operation, total, quote: parseQuote(quoteWire) }
}

/**
 * Everything that a receipt says, as JSON values: what was paid to whom for what, readable, and the signed messages in
 * hexadecimal. Throws what `receiptSubject` throws.
 */
export function receiptFields(parts: ReceiptParts): ReadonlyMap<string, unknown> {
  const { signed, operation, total, quote } = receiptSubject(parts)
  const { entry, hash } = signed
  const { kind, voucher } = parts
  const fields: Readonly<Record<string, unknown>> = {
    format: FORMAT,
    network: bytesToHexText(entry.network),
    kind,
    payment: hash,
    payer: accountToPeerId(entry.account),
    payee: accountToPeerId(operation.to),
    timestampMs: entry.timestampMs,
    amountMicroTokens: quote.quote.price.toString(),
    reservedMicroTokens: kind === 'reserve' ? total.toString() : null,
    vouchedMicroTokens: voucher?.amount?.toString() ?? null,
    invoice: bytesToHexText(quote.invoice),
    items: quote.quote.items.map(({ contextHash, sizeBytes, price }) => ({
      contextHash,
      sizeBytes,
      priceMicroTokens: price.toString(),
    })),
    signed: {
      entry: bytesToHexText(parts.entryWire),
      certificate: hexOrNull(parts.certificateWire),
      quote: bytesToHexText(parts.quoteWire),
      delivery: hexOrNull(parts.deliveryWire),
      voucher: hexOrNull(voucher && encodeCbor(encodeVoucher(voucher))),
    },
  }
  return new Map(Object.entries(fields))
}

/**
 * Receipt of a delivery as JSON text, with every signed message about it, so that anybody can check it with
 * `verifyReceipt` without trusting its holder. Throws what `receiptSubject` throws.
 */
export function receiptToJson(parts: ReceiptParts): string {
  return JSON.stringify(Object.fromEntries(receiptFields(parts)), null, 2)
}

/**
 * The receipt of a text; nothing in it is verified yet. Throws `message-too-large`, `unsupported` for another format, and
 * `bad-input` or `bad-encoding` for what is no receipt.
 */
export function parseReceipt(text: string): StatedReceipt {
  if (text.length > MAX_RECEIPT_LENGTH) {
    throw new LoremeshError(
      'message-too-large',
      `The receipt has ${text.length} characters, ${MAX_RECEIPT_LENGTH} are allowed`,
    )
  }
  const fields = readObject(parseJson(text))
  const format = fields.get('format')
  if (format !== FORMAT) {
    throw new LoremeshError(
      'unsupported',
      'This is no receipt in a format that is known here',
      'Update Loremesh',
    )
  }
  const signed = readObject(fields.get('signed'))
  const voucher = readOptionalHex(signed.get('voucher'), MAX_VOUCHER_BYTES, 'voucher')
  return {
    fields,
    parts: {
      kind: readKind(fields.get('kind')),
      entryWire: readHex(signed.get('entry'), MAX_ENTRY_WIRE_BYTES, 'entry'),
      certificateWire: readOptionalHex(signed.get('certificate'), MAX_CERTIFICATE_WIRE_BYTES, 'certificate'),
      quoteWire: readHex(signed.get('quote'), MAX_QUOTE_WIRE_BYTES, 'quote'),
      deliveryWire: readOptionalHex(signed.get('delivery'), MAX_DELIVERY_WIRE_BYTES, 'delivery'),
      voucher: voucher && readVoucher(decodeCbor(voucher)),
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new LoremeshError('bad-input', 'The text is no JSON', 'Paste the whole receipt', { cause })
  }
}

function readObject(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw noReceipt()
  return new Map(Object.entries(value))
}

function readKind(value: unknown): Payment['kind'] {
  if (value !== 'pay' && value !== 'reserve') throw noReceipt()
  return value
}

function readHex(value: unknown, maxBytes: number, name: string): Uint8Array {
  if (typeof value !== 'string') throw noReceipt()
  if (value.length > 2 * maxBytes) {
    throw new LoremeshError(
      'message-too-large',
      `The ${name} has more than the ${maxBytes} bytes that are allowed`,
    )
  }
  return hexTextToBytes(value)
}

function readOptionalHex(value: unknown, maxBytes: number, name: string): Uint8Array | undefined {
  return value === null ? undefined : readHex(value, maxBytes, name)
}

function hexOrNull(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : bytesToHexText(bytes)
}

function noReceipt(): LoremeshError {
  return new LoremeshError('bad-input', 'The text is no receipt', 'Paste the whole receipt')
}
