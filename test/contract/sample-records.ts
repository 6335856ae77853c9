import type { CacheEntry } from '../../src/domain/content/cache-entry.ts'
import { hashText, type ContextHash } from '../../src/domain/content/context-hash.ts'
import type { Context } from '../../src/domain/content/context.ts'
import type { SignedDescriptor } from '../../src/domain/content/descriptor.ts'
import type { DocumentRecord } from '../../src/domain/content/document.ts'
import type { Edge } from '../../src/domain/graph/edge.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { hexTextToBytes, textToBytes } from '../../src/domain/kernel/bytes.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import { createCertificate, type CertifiedEntry } from '../../src/domain/ledger/certificate.ts'
import { parseEntry, signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { EntryHash, Operation, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { QuantizedVector, SpaceId } from '../../src/domain/retrieval/embedding.ts'
import type { CheckpointRecord, PaymentRecord, PurchaseRecord } from '../../src/ports/ledger-store.ts'

export const me: Identity = createIdentity(new Uint8Array(32).fill(1))
export const ann: Identity = createIdentity(new Uint8Array(32).fill(2))
export const bob: Identity = createIdentity(new Uint8Array(32).fill(3))

/** A context whose text is given. */
export function sampleContext(text: string, changes: Partial<Context> = {}): Context {
  const sizeBytes = textToBytes(text).length
  return {
    contextHash: hashText(text),
    text,
    sizeBytes,
    title: `About ${text}`,
    headingPath: ['Guide', text],
    tags: ['sample'],
    documentHash: hashText(`document of ${text}`),
    documentTitle: 'Guide',
    documentBytes: 2 * sizeBytes,
    startByte: sizeBytes,
    endByte: 2 * sizeBytes,
    author: me.peerId,
    origin: 'own',
    addedAtMs: 1_000,
    ...changes,
  }
}

/** The entry of a context that was bought from `bob` and used once. */
export function sampleCacheEntry(
  { contextHash, title, sizeBytes }: Context,
  changes: Partial<CacheEntry> = {},
): CacheEntry {
  return {
    contextHash,
    title,
    sizeBytes,
    purchase: { seller: bob.peerId, paid: toMicroTokens(2_000_000n) },
    boughtAtMs: 1_000,
    usedAtMs: 2_000,
    uses: 1,
    worth: 1_234.5,
    isPinned: false,
    ...changes,
  }
}

/** A private document named by its title that holds the contexts. */
export function sampleDocument(
  title: string,
  contexts: readonly Context[],
  changes: Partial<DocumentRecord> = {},
): DocumentRecord {
  return {
    documentHash: hashText(`text of ${title}`),
    title,
    path: `${title}.md`,
    kind: 'markdown',
    tags: ['sample'],
    sizeBytes: contexts.reduce((sum, context) => sum + context.sizeBytes, 0),
    addedAtMs: 1_000,
    visibility: 'private',
    contexts: contexts.map((context) => context.contextHash),
    chunkerVersion: 1,
    ...changes,
  }
}

/** The PART_OF and AUTHORED_BY edges of a document's contexts. */
export function sampleEdges(document: DocumentRecord, contexts: readonly Context[]): Edge[] {
  return contexts.flatMap((context): Edge[] => [
    { from: context.contextHash, kind: 'PART_OF', to: document.documentHash },
    { from: context.contextHash, kind: 'AUTHORED_BY', to: context.author },
  ])
}

/** A vector of a space, cut out of a larger buffer as an embedder's batch would be. */
export function sampleVector(space: string, first: number): QuantizedVector {
  const batch = new Int8Array(64).fill(7)
  batch.set([first, -128, 127, 0], 16)
  return { space: space as SpaceId, values: batch.subarray(16, 20), scale: 0.0125 }
}

/** A descriptor that an author made at a time. */
export function sampleDescriptor(
  contextHash: ContextHash,
  author: Identity,
  createdAtMs: number,
  withVector = true,
): SignedDescriptor {
  const { values, scale } = sampleVector('static-384', 5)
  return {
    descriptor: {
      contextHash,
      sizeBytes: 10,
      title: `Title of ${createdAtMs}`,
      headingPath: ['Guide'],
      description: 'What it is about',
      tags: ['sample'],
      references: [hashText('referenced')],
      documentHash: hashText('document'),
      documentTitle: 'Guide',
      documentBytes: 100,
      author: author.account,
      createdAtMs,
      vector: withVector ? { space: 'static-384', values, scale } : null,
    },
    wire: textToBytes(`signed by ${author.peerId} at ${createdAtMs}`),
  }
}

/** A payment to `bob`. */
export function samplePay(amount: bigint): Operation {
  return {
    type: 'pay',
    to: bob.account,
    amount: toMicroTokens(amount),
    fromCredit: ZERO_TOKENS,
    invoice: new Uint8Array(32).fill(7),
    expiresAtMs: 1_700_000_060_000,
  }
}

/** The next entry of `me` after a state and what the account is then; `open` when there is no state. */
export function sampleEntry(
  previous: AccountState | undefined,
  operation: Operation = samplePay(1n),
): { readonly signed: SignedEntry; readonly state: AccountState } {
  const seq = previous === undefined ? 0 : previous.seq + 1
  const amounts = { balance: toMicroTokens(2n ** 62n), credit: toMicroTokens(5n), locked: ZERO_TOKENS }
  const common = { ...amounts, stake: ZERO_TOKENS, timestampMs: 1_700_000_000_000 + seq, checkpoint: 12 }
  const signed = signEntry(me, {
    version: 1,
    network: new Uint8Array(8).fill(9),
    account: me.account,
    seq,
    prev: previous?.head ?? null,
    ...common,
    operation: previous === undefined ? { type: 'open' } : operation,
  })
  const grants = previous === undefined ? [] : ['starter']
  // In Node the encoder answers with a Buffer, which no store gives back.
  const plain = parseEntry(new Uint8Array(signed.wire))
  return {
    signed: plain,
    state: { account: me.account, head: signed.hash, seq, ...common, frozen: false, grants },
  }
}

const digestOf = (text: string): string => hashText(text).slice('sha256:'.length)

/** A payment named by a short text, from which its hash is made. */
export function samplePayment(name: string, changes: Partial<PaymentRecord> = {}): PaymentRecord {
  return {
    payment: digestOf(name) as EntryHash,
    kind: 'pay',
    direction: 'out',
    counterparty: bob.peerId,
    amount: toMicroTokens(2n ** 63n - 1n),
    fromCredit: toMicroTokens(3n),
    createdAtMs: 1_000,
    expiresAtMs: 61_000,
    phase: 'signed',
    entryWire: textToBytes('entry'),
    certificateWire: undefined,
    voucher: undefined,
    usedAtMs: 2_000,
    ...changes,
  }
}

/** A purchase of two contexts, named by a short text from which its invoice is made, that nothing was paid for yet. */
export function samplePurchase(
  name: string,
  payment: PaymentRecord,
  changes: Partial<PurchaseRecord> = {},
): PurchaseRecord {
  return {
    invoice: digestOf(`invoice of ${name}`),
    payment: payment.payment,
    direction: payment.direction,
    counterparty: payment.counterparty,
    items: [
      { contextHash: hashText('one'), sizeBytes: 1_024, price: toMicroTokens(2_000_000n) },
      { contextHash: hashText('two'), sizeBytes: 512, price: toMicroTokens(2n ** 62n) },
    ],
    price: toMicroTokens(2n ** 62n + 2_000_000n),
    paid: ZERO_TOKENS,
    voucher: undefined,
    createdAtMs: 1_000,
    question: 'How does it work?',
    quoteWire: textToBytes('quote'),
    deliveryWire: undefined,
    ...changes,
  }
}

/** The checkpoint of a height. */
export function sampleCheckpoint(height: number): CheckpointRecord {
  return {
    height,
    headerWire: textToBytes(`header ${height}`),
    certificateWire: textToBytes(`certificate ${height}`),
  }
}

/** The first entries of an account, a second apart, with certificates whose votes only look like some. */
export function sampleChain(
  identity: Identity,
  length: number,
  startMs = 1_700_000_000_000,
): CertifiedEntry[] {
  let prev: EntryHash | null = null
  return Array.from({ length }, (_, seq) => {
    const signed = parseEntry(
      signEntry(identity, {
        version: 1,
        network: new Uint8Array(8).fill(9),
        account: identity.account,
        seq,
        prev,
        balance: toMicroTokens(2n ** 60n - BigInt(seq)),
        credit: toMicroTokens(5n),
        locked: ZERO_TOKENS,
        stake: ZERO_TOKENS,
        timestampMs: startMs + seq * 1_000,
        checkpoint: 12,
        operation: seq === 0 ? { type: 'open' } : samplePay(1n),
      }).wire,
    )
    prev = signed.hash
    const votes = [0, 1, 3].map((authority) => ({
      authority,
      signature: hexTextToBytes(
        digestOf(`R ${signed.hash} ${authority}`) + digestOf(`S ${signed.hash} ${authority}`),
      ),
    }))
    return { signed, certificate: createCertificate(signed, votes) }
  })
}
