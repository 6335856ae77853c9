import { afterEach, beforeEach } from 'vitest'
import type { ContextHash } from '../../../src/domain/content/context-hash.ts'
import { toLoremeshError, type ErrorCode } from '../../../src/domain/kernel/errors.ts'
import { parseTokens, toMicroTokens, type MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { EntryHash } from '../../../src/domain/ledger/entry.ts'
import { parseQuote } from '../../../src/domain/ledger/quote.ts'
import { signVoucher } from '../../../src/domain/ledger/voucher.ts'
import type { NetworkHandlers, SessionOpening } from '../../../src/ports/network.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import { openRawPayer, share, texts, type RawPayer } from './trade-fixture.ts'

export const WINDOW_MS = 100_000
export const LINE = parseTokens('1.2')
/** More than any test buys. */
export const CAP = parseTokens('50')

/** A seller of twenty contexts of about 0.4 tokens, and a payer that does with it what a test wants. */
export interface Sale {
  readonly hub: PeerHub
  seller: HubPeer
  handlers: NetworkHandlers
  readonly payer: RawPayer
  readonly contexts: readonly ContextHash[]
}

/** A delivery as far as it has come. */
export interface Delivery {
  readonly prices: readonly MicroTokens[]
  /** The code that it ended with, if it has. */
  readonly failure: ErrorCode | undefined
  /** Breaks it off. */
  stop(): Promise<void>
}

/** A sale anew for each test. */
export function useSale(): Sale {
  let current: Sale | undefined

  beforeEach(async () => {
    const hub = await openPeerHub({ paymentWindowMs: WINDOW_MS, creditLine: LINE })
    const { seller, handlers } = await startSeller(hub)
    const wanted = await share(seller, texts(20))
    current = { hub, seller, handlers, payer: await openRawPayer(hub), contexts: [...wanted.keys()] }
  })
  afterEach(() => now().hub.close())

  function now(): Sale {
    if (current === undefined) throw new Error('No test runs')
    return current
  }

  return {
    get hub() {
      return now().hub
    },
    get seller() {
      return now().seller
    },
    get handlers() {
      return now().handlers
    },
    get payer() {
      return now().payer
    },
    get contexts() {
      return now().contexts
    },
    set seller(seller) {
      now().seller = seller
    },
    set handlers(handlers) {
      now().handlers = handlers
    },
  }
}

/** Stops the seller as a power cut does, and starts it again. */
export async function restartSeller(sale: Sale): Promise<void> {
  sale.seller.crash()
  Object.assign(sale, await startSeller(sale.hub, sale.seller))
}

async function startSeller(
  hub: PeerHub,
  profile?: HubPeer,
): Promise<{ readonly seller: HubPeer; readonly handlers: NetworkHandlers }> {
  let handlers: NetworkHandlers | undefined
  const seller = await hub.addPeer({
    ...(profile === undefined ? {} : { profile }),
    intercept(own) {
      handlers = own
      return {}
    },
  })
  if (handlers === undefined) throw new Error('The seller does not listen')
  return { seller, handlers }
}

/** Offers a reserve. */
export function open({ handlers, payer }: Sale, opening: SessionOpening, from = payer) {
  return handlers.onSession(opening, from.identity.peerId)
}

/** Opens a session with a certified reserve. */
export async function openSession(sale: Sale, { cap = CAP, from = sale.payer } = {}): Promise<EntryHash> {
  const { signed, ...opening } = await from.reserve(sale.seller, cap)
  await open(sale, opening, from)
  return signed.hash
}

/** Takes contexts until the seller waits or refuses. */
export async function take(
  { hub, handlers, contexts, payer }: Sale,
  reserve: EntryHash,
  { wanted = contexts, from = payer } = {},
): Promise<Delivery> {
  const request = { requestId: new Uint8Array(16), contexts: wanted, maxTokenCost: CAP, reserve }
  const serving = await handlers.onTake(request, from.identity.peerId)
  const { items } = parseQuote(serving.quoteWire).quote
  const source = serving.contents[Symbol.asyncIterator]()
  const prices: MicroTokens[] = []
  let failure: ErrorCode | undefined

  async function read(): Promise<void> {
    try {
      for (let sent = await source.next(); sent.done !== true; sent = await source.next()) {
        prices.push(items[prices.length]?.price ?? toMicroTokens(0n))
      }
    } catch (error) {
      failure = toLoremeshError(error).code
    }
  }

  void read()
  await hub.clock.settled()
  return {
    prices,
    get failure() {
      return failure
    },
    async stop() {
      source.return?.().catch(() => undefined)
      await hub.clock.settled()
    },
  }
}

/** Sends a voucher of this amount, signed by its sender unless told. */
export function vouch(
  { handlers, payer }: Sale,
  reserve: EntryHash,
  amount: bigint,
  { from = payer, signer = from }: { readonly from?: RawPayer; readonly signer?: RawPayer } = {},
): Promise<void> {
  const voucher = signVoucher(signer.identity, reserve, toMicroTokens(amount))
  return handlers.onVoucher(reserve, voucher, from.identity.peerId)
}
