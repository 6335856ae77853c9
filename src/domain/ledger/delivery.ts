import { contextHashToDigest } from '../content/context-hash.ts'
import type { Account } from '../identity/account.ts'
import type { Identity } from '../identity/identity.ts'
import type { SignatureVerifier } from '../identity/signature.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { decodeCbor, encodeCbor } from '../kernel/cbor.ts'
import { isLoremeshError, LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { readBytes, readList, readTuple } from './cbor-fields.ts'
import { encodeEnvelope, parseEnvelope } from './envelope.ts'
import { MAX_QUOTE_ITEMS, type SignedQuote } from './quote.ts'

/** What a payee says it delivered for one context. Honest when both digests are the same. */
interface DeliveredItem {
  readonly contextDigest: Uint8Array
  /** SHA-256 of the bytes that were sent. */
  readonly deliveredDigest: Uint8Array
}

/** A payee's statement of what it delivered for an invoice, in the order of the quote. */
export interface Delivery {
  readonly invoice: Uint8Array
  readonly items: readonly DeliveredItem[]
}

/** A statement with its exact signed bytes; not verified yet. */
export interface SignedDelivery extends Delivery {
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

export const MAX_DELIVERY_WIRE_BYTES = 20_480
const DIGEST_BYTES = 32

/** Wire form of a delivery statement: cbor([cbor([1, invoice, [[context, delivered]…]]), signature]). */
export function signDelivery(identity: Pick<Identity, 'sign'>, delivery: Delivery): Uint8Array {
  const rows = delivery.items.map((item) => [item.contextDigest, item.deliveredDigest])
  const bytes = encodeCbor([1, delivery.invoice, rows])
  return encodeEnvelope(bytes, identity.sign(taggedDigest('delivery', bytes)))
}

/** The statement of a wire form. Throws `message-too-large`, `bad-encoding` or `unsupported`. */
export function parseDelivery(wire: Uint8Array): SignedDelivery {
  const { bytes, signature } = parseEnvelope(wire, MAX_DELIVERY_WIRE_BYTES, 'delivery')
  const [version, invoice, rows] = readTuple(decodeCbor(bytes), 3, 'delivery')
  if (version !== 1) {
    throw new LoremeshError(
      'unsupported',
      'The delivery has a version that is not known here',
      'Update Loremesh',
    )
  }
  const items = readList(rows, MAX_QUOTE_ITEMS, 'delivered items').map((row): DeliveredItem => {
    const [context, delivered] = readTuple(row, 2, 'delivered item')
    return {
      contextDigest: readBytes(context, DIGEST_BYTES, 'context hash'),
      deliveredDigest: readBytes(delivered, DIGEST_BYTES, 'delivered hash'),
    }
  })
  return { invoice: readBytes(invoice, DIGEST_BYTES, 'invoice'), items, bytes, signature }
}

/**
 * Checks that the quote's payee states to have delivered exactly what the quote lists. Throws `bad-signature`, or
 * `bad-content` when it states something else.
 */
export async function verifyDelivery(
  delivery: SignedDelivery,
  { quote, invoice }: SignedQuote,
  verifier: SignatureVerifier,
): Promise<void> {
  if (!(await isSignedBy(delivery, quote.payee, verifier))) {
    throw new LoremeshError('bad-signature', 'The delivery is not signed by the payee')
  }
  const complete =
    bytesEqual(delivery.invoice, invoice) &&
    delivery.items.length === quote.items.length &&
    delivery.items.every((item, index) => {
      const quoted = quote.items[index]
      return quoted !== undefined && bytesEqual(item.contextDigest, contextHashToDigest(quoted.contextHash))
    })
  if (!complete) throw new LoremeshError('bad-content', 'The delivery is for something else than was quoted')
  if (!delivery.items.every(isHonest)) {
    throw new LoremeshError('bad-content', 'The payee delivered something else than it quoted')
  }
}

/**
 * Whether a wire form proves fraud to everybody: a statement, signed by the payee itself, that it delivered bytes which
 * do not have the hash of the context. Never throws.
 */
export async function isFraudProof(
  deliveryWire: Uint8Array,
  payee: Account,
  verifier: SignatureVerifier,
): Promise<boolean> {
  try {
    const delivery = parseDelivery(deliveryWire)
    return !delivery.items.every(isHonest) && (await isSignedBy(delivery, payee, verifier))
  } catch (error) {
    if (isLoremeshError(error)) return false
    throw error
  }
}

function isHonest({ contextDigest, deliveredDigest }: DeliveredItem): boolean {
  return bytesEqual(contextDigest, deliveredDigest)
}

function isSignedBy(
  { bytes, signature }: SignedDelivery,
  payee: Account,
  verifier: SignatureVerifier,
): Promise<boolean> {
  return verifier.verify([{ account: payee, message: taggedDigest('delivery', bytes), signature }])
}
