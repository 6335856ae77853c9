import { accountToPeerId } from '../identity/account.ts'
import { bytesToHexText } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { parseEntry } from './entry-codec.ts'
import { parseQuote } from './quote.ts'

/** The signed messages about one payment; those that do not exist yet are undefined. */
export interface ReceiptParts {
  readonly quoteWire: Uint8Array
  readonly payWire: Uint8Array
  readonly certificateWire: Uint8Array | undefined
  readonly deliveryWire: Uint8Array | undefined
  readonly ack: Uint8Array | undefined
}

/**
 * Receipt of a payment as JSON text: what was paid to whom for what, readable, and every signed message about it in
 * hexadecimal, so that anybody can check it without trusting its holder. Throws what `parseQuote` and `parseEntry` throw.
 */
export function receiptToJson(parts: ReceiptParts): string {
  const { quote, invoice } = parseQuote(parts.quoteWire)
  const { entry, hash } = parseEntry(parts.payWire)
  const { operation, account } = entry
  if (operation.type !== 'pay') throw new LoremeshError('bad-entry', 'A receipt is about a payment')
  return JSON.stringify(
    {
      format: 'loremesh-receipt/1',
      network: bytesToHexText(entry.network),
      payment: hash,
      payer: accountToPeerId(account),
      payee: accountToPeerId(operation.to),
      amountMicroTokens: operation.amount.toString(),
      timestampMs: entry.timestampMs,
      invoice: bytesToHexText(invoice),
      items: quote.items.map(({ contextHash, sizeBytes, price }) => ({
        contextHash,
        sizeBytes,
        priceMicroTokens: price.toString(),
      })),
      signed: {
        quote: bytesToHexText(parts.quoteWire),
        pay: bytesToHexText(parts.payWire),
        certificate: hexOrNull(parts.certificateWire),
        delivery: hexOrNull(parts.deliveryWire),
        ack: hexOrNull(parts.ack),
      },
    },
    null,
    2,
  )
}

function hexOrNull(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : bytesToHexText(bytes)
}
