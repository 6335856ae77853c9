import type { Stream } from '@libp2p/interface'
import { createFetchClient, type FetchClient } from '../../../../src/adapters/network-libp2p/fetch-client.ts'
import { serveFetch } from '../../../../src/adapters/network-libp2p/fetch-server.ts'
import { defaultLimits, type NetworkLimits } from '../../../../src/adapters/network-libp2p/limits.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { digestToEntryHash, type Voucher } from '../../../../src/domain/ledger/entry.ts'
import type { NetworkHandlers, Serving, TakeRequest } from '../../../../src/ports/network.ts'
import {
  encodeFetchMessage,
  MAX_PROVIDER_MESSAGE_BYTES,
  parseProviderMessage,
  parseRequesterMessage,
  type ProviderMessage,
  type RequesterMessage,
} from '../../../../src/protocols/fetch.ts'
import { createFrameDecoder } from '../../../../src/protocols/framing.ts'
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts'
import { createStreamPair } from '../../../support/stream-pair.ts'
import { testIdentity } from '../../../support/ledger.ts'
import { testBytes, testHash } from '../../../support/test-contexts.ts'

export const payer = testIdentity(1).peerId
export const reserve = digestToEntryHash(testBytes(32, 8))
export const take: TakeRequest = {
  requestId: testBytes(16),
  contexts: [testHash(1), testHash(2)],
  maxTokenCost: toMicroTokens(1_000_000n),
  reserve,
}

/** What a payee that is served by `serveFetch` allows. */
export const servingLimits = { ...defaultLimits, ...defaultLimits.protocols.fetch }
/** Holds nobody to anything. */
export const allowing = { mayAsk: () => true, mayVouch: () => true, onBreach: () => undefined }

type FetchLimits = Partial<NetworkLimits & { readonly maxInFlight: number }>
export type FetchHandlers = Pick<NetworkHandlers, 'onSession' | 'onTake' | 'onVoucher'>

/** One end of a fetch stream whose messages are made by hand. */
export interface RawEnd<TSent, TReceived> {
  readonly clock: ManualClock
  readonly received: readonly TReceived[]
  /** True once the other end has closed the stream. */
  readonly isClosed: boolean
  /** Sends messages, if any, and lets everything that waited for them run. */
  send(...messages: readonly TSent[]): Promise<void>
  close(): Promise<void>
}

/** A voucher for `amount` µT altogether. */
export function voucherOf(amount: number): Voucher {
  return { amount: toMicroTokens(BigInt(amount)), signature: testBytes(64, amount) }
}

/** What a handler gives for a take of these contents. */
export function serving(
  contents: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  deliveryWire = testBytes(100),
): Serving {
  const iterable = Symbol.asyncIterator in contents ? contents : each(contents)
  return { quoteWire: testBytes(300), contents: iterable, deliveryWire: () => deliveryWire }
}

async function* each(contents: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const content of contents) yield await Promise.resolve(content)
}

/** Handlers that refuse what a test does not expect. */
function refusing(own: Partial<FetchHandlers>): FetchHandlers {
  const refuse = () => Promise.reject(new LoremeshError('unsupported', 'Not in this test'))
  return { onSession: refuse, onTake: refuse, onVoucher: refuse, ...own }
}

/** A requester's end made by hand, of a stream that this peer serves with `own` handlers. */
export function openToServer(
  own: Partial<FetchHandlers>,
  limits: FetchLimits = {},
): RawEnd<RequesterMessage, ProviderMessage> {
  const clock = createManualClock()
  const [near, far] = createStreamPair()
  serve(far, own, clock, limits)
  return rawEnd(near, clock, parseProviderMessage)
}

/** This peer's client, and a provider's end made by hand. */
export function openToClient(limits: Partial<NetworkLimits> = {}): {
  readonly client: FetchClient
  readonly provider: RawEnd<ProviderMessage, RequesterMessage>
} {
  const clock = createManualClock()
  const [near, far] = createStreamPair()
  const client = createFetchClient(near, { clock }, { ...defaultLimits, ...limits })
  return { client, provider: rawEnd(far, clock, parseRequesterMessage) }
}

/** This peer's client, connected to a server with `own` handlers. */
export function openPair(own: Partial<FetchHandlers>, limits: FetchLimits = {}): FetchClient {
  const clock = createManualClock()
  const [near, far] = createStreamPair()
  serve(far, own, clock, limits)
  return createFetchClient(near, { clock }, { ...defaultLimits, ...limits })
}

function serve(stream: Stream, own: Partial<FetchHandlers>, clock: ManualClock, limits: FetchLimits): void {
  serveFetch(stream, payer, { handlers: refusing(own), clock, ...allowing }, { ...servingLimits, ...limits })
}

function rawEnd<TSent extends RequesterMessage | ProviderMessage, TReceived>(
  stream: Stream,
  clock: ManualClock,
  parse: (frame: Uint8Array) => TReceived,
): RawEnd<TSent, TReceived> {
  const received: TReceived[] = []
  const decoder = createFrameDecoder(MAX_PROVIDER_MESSAGE_BYTES)
  let isClosed = false
  stream.addEventListener('message', ({ data }) => received.push(...decoder.push(data.subarray()).map(parse)))
  for (const type of ['end', 'close'] as const) stream.addEventListener(type, () => (isClosed = true))

  return {
    clock,
    received,
    get isClosed() {
      return isClosed
    },
    async send(...messages) {
      for (const message of messages) stream.send(encodeFetchMessage(message))
      await clock.advance(0)
    },
    async close() {
      await stream.close()
      await clock.advance(0)
    },
  }
}
