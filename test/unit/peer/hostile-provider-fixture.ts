import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens, type MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { NetworkHandlers, Serving, SessionTerms } from '../../../src/ports/network.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import { priceOf, settleAll, share, texts, type Wanted } from './trade-fixture.ts'

const WINDOW_MS = 60_000
/** What a peer delivers to newcomers before it is paid. */
export const LINE = parseTokens('1')

/** How a provider behaves. Honest as it comes; a test changes any part at any time. */
export interface Conduct {
  /** What it serves instead, of what it would serve in answer to the `attempt`th request. */
  serve: (serving: Serving, attempt: number) => Partial<Serving>
  /** Answers in place of the honest ones. */
  answer: Partial<Pick<NetworkHandlers, 'onTake' | 'onSession' | 'onVoucher'>>
  /** What it says instead of what is so when a session is opened. */
  terms: Partial<SessionTerms>
  /** How often it was asked for contexts so far. */
  takes: number
}

/** A buyer, and a seller that does as a test says. */
export interface HostileTrade {
  readonly hub: PeerHub
  readonly buyer: HubPeer
  readonly seller: HubPeer
  readonly conduct: Conduct
  /** Six contexts of about 0.4 tokens. */
  readonly wanted: Wanted
  /** What contexts cost, those that are wanted unless told. */
  price(of?: Wanted): MicroTokens
  /** Lets the payment window pass, so that what was not earned comes back. */
  letWindowPass(): Promise<void>
}

/** Opens a hub with the two. */
export async function openHostileTrade(): Promise<HostileTrade> {
  const conduct: Conduct = { serve: () => ({}), answer: {}, terms: {}, takes: 0 }
  const hub = await openPeerHub({ paymentWindowMs: WINDOW_MS, checkpointIntervalMs: 5_000, creditLine: LINE })
  const buyer = await hub.addPeer()
  const seller = await hub.addPeer({
    intercept: (handlers) => ({
      async onTake(request, from) {
        conduct.takes += 1
        if (conduct.answer.onTake !== undefined) return conduct.answer.onTake(request, from)
        const serving = await handlers.onTake(request, from)
        return { ...serving, ...conduct.serve(serving, conduct.takes) }
      },
      onSession: async (...opening) => ({
        ...(await (conduct.answer.onSession ?? handlers.onSession)(...opening)),
        ...conduct.terms,
      }),
      onVoucher: (...voucher) => (conduct.answer.onVoucher ?? handlers.onVoucher)(...voucher),
    }),
  })
  const wanted = await share(seller, texts(6))
  return {
    hub,
    buyer,
    seller,
    conduct,
    wanted,
    price: (of = wanted) => priceOf(of, hub.genesis),
    async letWindowPass() {
      await hub.clock.advance(WINDOW_MS + 20_000)
      await settleAll(hub, seller, buyer)
    },
  }
}

/** The first contexts as they are, then what `then` makes of each, or its failure. */
export async function* cheating(
  { contents }: Serving,
  honest: number,
  then: (content: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const content of contents) yield at++ < honest ? content : then(content)
}

/** Breaks off after the first contexts. */
export function breakingOff(serving: Serving, honest: number): Partial<Serving> {
  return {
    contents: cheating(serving, honest, () => {
      throw new LoremeshError('not-connected', 'The link broke')
    }),
  }
}
