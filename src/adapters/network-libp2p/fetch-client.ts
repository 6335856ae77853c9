import type { Stream } from '@libp2p/interface'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { EntryHash, Voucher } from '../../domain/ledger/entry.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SessionOpening, SessionTerms, TakeRequest, Taking } from '../../ports/network.ts'
import { refusalToError, WHOLE_STREAM } from '../../protocols/exchange.ts'
import {
  encodeFetchMessage,
  MAX_PROVIDER_MESSAGE_BYTES,
  parseProviderMessage,
  SPARE_VOUCHERS,
  type ProviderMessage,
  type RequesterMessage,
} from '../../protocols/fetch.ts'
import { abortable } from './abortable.ts'
import { openFrameStream } from './frame-stream.ts'
import { createIncomingDelivery } from './incoming-delivery.ts'
import type { NetworkLimits } from './limits.ts'
import type { StreamSession } from './stream-pool.ts'

/** Exchanges that may be under way with one peer, those that were given up and that it has not ended yet included. */
const MAX_EXCHANGES = 64

/** A delivery over one stream. */
export interface OpenTake extends Omit<Taking, 'pay'> {
  /** Sends a voucher, after the delivery too; throws `not-connected` once the stream is closed. */
  pay(voucher: Voucher): void
}

/** The requester's end of one fetch stream. */
export interface FetchClient extends StreamSession {
  openSession(opening: SessionOpening, signal: AbortSignal): Promise<SessionTerms>
  /** The signals end the wait for the quote, and the whole delivery. */
  take(
    request: TakeRequest,
    signals: { readonly quote: AbortSignal; readonly delivery: AbortSignal | undefined },
  ): Promise<OpenTake>
  sendVoucher(reserve: EntryHash, voucher: Voucher, signal: AbortSignal): Promise<void>
}

/** One exchange under way. After an abort nobody waits for it any more, but it lasts until the provider ends it. */
interface Exchange {
  /** Payload bytes that the provider may still send. */
  creditBytes: number
  /** Takes a message; throws `bad-encoding` for one that answers something else. */
  onMessage(message: ProviderMessage): void
  fail(error: LoremeshError): void
}

type WithoutExchange<T> = T extends unknown ? Omit<T, 'exchange'> : never

/** Speaks the requester's end over a stream. */
export function createFetchClient(
  stream: Stream,
  { clock }: { readonly clock: Pick<Clock, 'every'> },
  { stallMs, creditBytes }: Pick<NetworkLimits, 'stallMs' | 'creditBytes'>,
): FetchClient {
  const exchanges = new Map<number, Exchange>()
  let lastExchange = WHOLE_STREAM
  let isOpen = true
  let retired = false

  function onMessage(message: ProviderMessage): void {
    if (message.type === 'refusal' && message.exchange === WHOLE_STREAM) {
      throw refusalToError(message.code, `The peer closed the stream: ${message.message}`)
    }
    const exchange = exchanges.get(message.exchange)
    if (exchange === undefined) {
      throw new LoremeshError('bad-encoding', 'The peer answered what was not asked')
    }
    if (message.type === 'frame') {
      exchange.creditBytes -= message.payload.length
      if (exchange.creditBytes < 0) {
        throw new LoremeshError('message-too-large', 'The peer sent more than it was allowed to')
      }
    }
    exchange.onMessage(message)
    if (message.type === 'frame' || message.type === 'quote') return
    exchanges.delete(message.exchange)
    closeWhenIdle()
  }

  function onClosed(reason: LoremeshError | undefined): void {
    isOpen = false
    const error = reason ?? new LoremeshError('not-connected', 'The peer closed the stream', 'Try again')
    for (const exchange of exchanges.values()) exchange.fail(error)
    exchanges.clear()
  }

  const frames = openFrameStream(stream, MAX_PROVIDER_MESSAGE_BYTES, {
    onFrame: (frame) => onMessage(parseProviderMessage(frame)),
    onClosed,
  })
  const send = (message: RequesterMessage) => frames.send(encodeFetchMessage(message))

  function closeWhenIdle(): void {
    if (retired && exchanges.size === 0) frames.close()
  }

  function checkOpen(): void {
    if (!isOpen) throw new LoremeshError('not-connected', 'The stream to the peer is closed', 'Try again')
  }

  /** Begins an exchange and gives its number. */
  function begin(first: WithoutExchange<RequesterMessage>, exchange: Exchange): number {
    checkOpen()
    if (exchanges.size >= MAX_EXCHANGES) {
      throw new LoremeshError('rate-limited', 'Too many requests wait for this peer', 'Try again in a moment')
    }
    const id = ++lastExchange
    exchanges.set(id, exchange)
    send({ ...first, exchange: id })
    return id
  }

  /** Tells the provider that nobody waits for the end of an exchange. */
  function cancel(id: number): void {
    if (exchanges.has(id)) send({ type: 'cancel', exchange: id })
  }

  /** An exchange that is answered with one message. */
  async function ask(
    first: WithoutExchange<RequesterMessage>,
    signal: AbortSignal,
  ): Promise<ProviderMessage> {
    let id = WHOLE_STREAM
    const answered = new Promise<ProviderMessage>((resolve, reject) => {
      id = begin(first, { creditBytes: 0, onMessage: resolve, fail: reject })
    })
    return abortable(answered, signal).finally(() => cancel(id))
  }

  return {
    get isOpen() {
      return isOpen && !retired
    },
    retire() {
      retired = true
      closeWhenIdle()
    },

    async openSession({ reserveWire, certificateWire }, signal) {
      const answer = await ask({ type: 'open', reserveWire, certificateWire }, signal)
      if (answer.type !== 'opened') throw toError(answer)
      const { creditLine, vouched, standing } = answer
      return { creditLine, vouched, standing }
    },

    async take({ requestId, contexts, maxTokenCost, reserve }, signals) {
      let id = WHOLE_STREAM
      let unreportedBytes = 0
      let vouchersLeft = contexts.length + SPARE_VOUCHERS

      function onRead(bytes: number): void {
        unreportedBytes += bytes
        const exchange = exchanges.get(id)
        if (exchange === undefined || unreportedBytes < creditBytes / 4) return
        send({ type: 'window', exchange: id, creditBytes: unreportedBytes })
        exchange.creditBytes += unreportedBytes
        unreportedBytes = 0
      }

      const delivery = createIncomingDelivery(
        { onRead, onGivenUp: () => cancel(id), clock },
        { stallMs, signal: signals.delivery },
      )
      const quoted = new Promise<Uint8Array>((resolve, reject) => {
        let isQuoted = false
        const fail = (error: LoremeshError) => {
          reject(error)
          delivery.end(error)
        }
        function onMessage(message: ProviderMessage): void {
          if (message.type === 'refusal') {
            fail(toError(message))
          } else if (message.type === 'quote' && !isQuoted) {
            isQuoted = true
            resolve(message.quoteWire)
          } else if (message.type === 'frame' && isQuoted) {
            delivery.push(message)
          } else if (message.type === 'done' && isQuoted) {
            delivery.end(message)
          } else {
            throw toError(message)
          }
        }
        const first = { type: 'take', requestId, contexts, maxTokenCost, reserve, creditBytes } as const
        id = begin(first, { creditBytes, onMessage, fail })
      })

      return {
        quoteWire: await abortable(quoted, signals.quote).catch((error: unknown) => {
          delivery.giveUp(toLoremeshError(error))
          throw error
        }),
        contents: delivery.contents,
        deliveryWire: delivery.deliveryWire,
        cancel: () => delivery.giveUp(new LoremeshError('aborted', 'The delivery was given up')),
        pay(voucher) {
          checkOpen()
          if (vouchersLeft === 0) throw new LoremeshError('rate-limited', 'A take needs no more vouchers')
          send(toVoucherMessage(id, reserve, voucher))
          vouchersLeft -= 1
        },
      }
    },

    async sendVoucher(reserve, voucher, signal) {
      const answer = await ask(toVoucherMessage(WHOLE_STREAM, reserve, voucher), signal)
      if (answer.type !== 'acked') throw toError(answer)
    },
  }
}

function toVoucherMessage(
  exchange: number,
  reserve: EntryHash,
  { amount, signature }: Voucher,
): Extract<RequesterMessage, { type: 'voucher' }> {
  if (amount === undefined) throw new LoremeshError('bad-input', 'A voucher of a reserve has an amount')
  return { type: 'voucher', exchange, reserve, amount, signature }
}

/** What a message means that is not what was asked for: the provider's refusal, else `bad-encoding`. */
function toError(message: ProviderMessage): LoremeshError {
  return message.type === 'refusal'
    ? refusalToError(message.code, message.message)
    : new LoremeshError('bad-encoding', 'The peer answered something else than was asked')
}
