import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { createNodeRandomness } from '../../../src/adapters/system-node/node-randomness.ts'
import { createWebCryptoHasher } from '../../../src/adapters/webcrypto/webcrypto-hasher.ts'
import { hashText, type ContextHash } from '../../../src/domain/content/context-hash.ts'
import type { Context } from '../../../src/domain/content/context.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { contextPrice } from '../../../src/domain/economy/price.ts'
import type { MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCertificateCheck } from '../../../src/peer/certificate-check.ts'
import { createForkWatch } from '../../../src/peer/fork-watch.ts'
import { createIncomingReserves } from '../../../src/peer/incoming-reserves.ts'
import { createLedgerView } from '../../../src/peer/ledger-view.ts'
import { createPaymentBooks } from '../../../src/peer/payment-books.ts'
import { createSaleContents } from '../../../src/peer/sale-contents.ts'
import { createSessionSeller, type SessionSeller } from '../../../src/peer/sell-in-session.ts'
import type { LedgerStore } from '../../../src/ports/ledger-store.ts'
import type { RequesterMessage } from '../../../src/protocols/fetch.ts'
import { START_MS } from '../ledger.ts'
import type { FuzzNetwork } from './fuzz-network.ts'
import { bob } from './people.ts'

/** Bob, who sells contexts in sessions. */
export interface FuzzShop {
  readonly contexts: readonly ContextHash[]
  readonly ledgerStore: LedgerStore
  readonly handlers: SessionSeller
  /** What was delivered to a payer so far, in µT. */
  deliveredTo(payer: PeerId): bigint
  /** Does what a payer asks for, deliveries to their end. Throws what it refuses with. */
  serve(message: RequesterMessage, from: PeerId): Promise<void>
}

const CONTEXTS = 5
const BYTES_OF_CONTEXT = 512

/** Opens the shop. Nobody waits in it: a voucher that does not come at once does not come. */
export async function openFuzzShop({ genesis, verifier, clock }: FuzzNetwork): Promise<FuzzShop> {
  const identity = bob
  const ledgerStore = createMemoryLedgerStore()
  const contextStore = createMemoryContextStore()
  const contexts = Array.from({ length: CONTEXTS }, (_, number) => contextOf(number))
  await contextStore.putContexts(contexts, [])
  const impatient = { ...clock, sleep: () => Promise.resolve() }
  const parts = {
    identity,
    ledgerStore,
    contextStore,
    clock: impatient,
    genesis,
    signatureVerifier: verifier,
    view: createLedgerView({ genesis, clock }),
  }
  const books = createPaymentBooks(parts)
  const unreachable = {
    head: () => Promise.reject(new LoremeshError('authority-unreachable', 'There are no authorities here')),
  }
  const forkWatch = createForkWatch(parts, {
    announce: () => undefined,
    onCertified: () => undefined,
    onClaimed: () => undefined,
    onCheckpoint: () => undefined,
    onFailure: () => undefined,
  })
  const checkCertificate = createCertificateCheck({
    ...parts,
    checkpoints: { learnAt: () => Promise.resolve() },
  })
  const seller = createSessionSeller(
    {
      ...parts,
      books,
      reserves: createIncomingReserves({
        ...parts,
        books,
        forkWatch,
        checkCertificate,
        listening: { heed: () => undefined },
        certifier: unreachable,
      }),
      contents: createSaleContents({
        ...parts,
        library: { isShared: () => true },
        randomness: createNodeRandomness(),
        hasher: createWebCryptoHasher(),
      }),
    },
    { onTraded: () => undefined, standing: () => undefined },
  )
  const delivered = new Map<PeerId, bigint>()

  async function deliver(take: Extract<RequesterMessage, { type: 'take' }>, from: PeerId): Promise<void> {
    const serving = await seller.onTake(take, from)
    for await (const content of serving.contents) {
      const price: MicroTokens = contextPrice(content.length, genesis.pricePerKb)
      delivered.set(from, (delivered.get(from) ?? 0n) + price)
    }
  }

  return {
    contexts: contexts.map(({ contextHash }) => contextHash),
    ledgerStore,
    handlers: seller,
    deliveredTo: (payer) => delivered.get(payer) ?? 0n,
    async serve(message, from) {
      switch (message.type) {
        case 'open':
          await seller.onSession(message, from)
          return
        case 'take':
          return deliver(message, from)
        case 'voucher': {
          const { reserve, amount, signature } = message
          return seller.onVoucher(reserve, { amount, signature }, from)
        }
        case 'window':
        case 'cancel':
      }
    },
  }
}

function contextOf(number: number): Context {
  const text = `Context ${number}. `.padEnd(BYTES_OF_CONTEXT, 'x')
  return {
    contextHash: hashText(text),
    text,
    sizeBytes: BYTES_OF_CONTEXT,
    title: `Context ${number}`,
    headingPath: [],
    tags: [],
    documentHash: hashText('document'),
    documentTitle: 'Document',
    documentBytes: CONTEXTS * BYTES_OF_CONTEXT,
    startByte: number * BYTES_OF_CONTEXT,
    endByte: (number + 1) * BYTES_OF_CONTEXT,
    author: bob.peerId,
    origin: 'own',
    addedAtMs: START_MS,
  }
}
