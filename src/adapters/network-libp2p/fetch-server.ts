import type { Stream } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers, PaymentMessage, Refusal } from '../../ports/network.ts'
import { WHOLE_STREAM } from '../../protocols/exchange.ts'
import {
  encodeFetchMessage,
  MAX_CREDIT_BYTES,
  MAX_FETCH_MESSAGE_BYTES,
  parseRequesterMessage,
  type ProviderMessage,
  type RequesterMessage,
} from '../../protocols/fetch.ts'
import { toRefusal } from '../../protocols/responder.ts'
import { abortable } from './abortable.ts'
import { cutIntoPayloads } from './payloads.ts'
import { openFrameStream } from './frame-stream.ts'
import type { NetworkLimits } from './limits.ts'

/** An exchange that the requester began and that has not ended yet. */
interface Exchange {
  readonly stopped: AbortController
  creditBytes: number
  /** Wakes the delivery that waits for credit. */
  onCredit: () => void
}

/** Quotes, delivers and takes acknowledgements over one peer's fetch stream. */
export function serveFetch(
  stream: Stream,
  from: PeerId,
  components: {
    readonly handlers: Pick<NetworkHandlers, 'onFetchRequest' | 'onPayment' | 'onAck'>
    readonly clock: Pick<Clock, 'deadline'>
    readonly mayAsk: () => boolean
  },
  limits: Pick<NetworkLimits, 'maxInFlight' | 'handlerTimeoutMs' | 'stallMs'>,
): void {
  const { handlers, clock, mayAsk } = components
  const exchanges = new Map<number, Exchange>()

  const frames = openFrameStream(stream, MAX_FETCH_MESSAGE_BYTES, {
    onFrame: (frame) => onMessage(parseRequesterMessage(frame)),
    onClosed: () => exchanges.forEach(({ stopped }) => stopped.abort()),
    encodeLastWords: ({ code, message }) =>
      encodeFetchMessage({ type: 'refusal', exchange: WHOLE_STREAM, code, message }),
  })
  const send = (message: ProviderMessage) => frames.send(encodeFetchMessage(message))

  function onMessage(message: RequesterMessage): void {
    switch (message.type) {
      case 'window':
        extendCredit(message.exchange, message.creditBytes)
        break
      case 'cancel':
        exchanges.get(message.exchange)?.stopped.abort()
        break
      case 'request':
      case 'pay':
      case 'ack':
        begin(message)
    }
  }

  function extendCredit(id: number, creditBytes: number): void {
    const exchange = exchanges.get(id)
    // A window that crossed with the end of its exchange is no fault.
    if (exchange === undefined) return
    exchange.creditBytes += creditBytes
    if (exchange.creditBytes > MAX_CREDIT_BYTES) {
      throw new LoremeshError('bad-encoding', `Credit of more than ${MAX_CREDIT_BYTES} bytes`)
    }
    exchange.onCredit()
  }

  function begin(message: Extract<RequesterMessage, { type: 'request' | 'pay' | 'ack' }>): void {
    const id = message.exchange
    if (exchanges.has(id)) throw new LoremeshError('bad-encoding', `Exchange ${id} is open already`)
    if (!mayAsk() || exchanges.size >= limits.maxInFlight) {
      send({
        type: 'refusal',
        exchange: id,
        code: 'rate-limited',
        message: 'Too many requests; wait a moment',
      })
      return
    }
    const exchange = { stopped: new AbortController(), creditBytes: 0, onCredit: () => undefined }
    exchanges.set(id, exchange)
    void answer(message, exchange)
      .catch((error: unknown): ProviderMessage => ({ type: 'refusal', exchange: id, ...toRefusal(error) }))
      .then((final) => {
        exchanges.delete(id)
        send(final)
      })
  }

  /** Works on an exchange until the message that ends it. */
  async function answer(
    message: Extract<RequesterMessage, { type: 'request' | 'pay' | 'ack' }>,
    exchange: Exchange,
  ): Promise<ProviderMessage> {
    const id = message.exchange
    const deadline = clock.deadline(limits.handlerTimeoutMs, exchange.stopped.signal)
    switch (message.type) {
      case 'request': {
        const reply = await abortable(handlers.onFetchRequest(message, from), deadline)
        if (reply.status === 'refused') return refuse(id, reply)
        return { type: 'quote', exchange: id, quoteWire: reply.quoteWire }
      }
      case 'ack':
        await abortable(handlers.onAck(message.invoice, message.ack, from), deadline)
        return { type: 'acked', exchange: id }
      case 'pay':
        exchange.creditBytes = message.creditBytes
        return deliver(id, exchange, message, deadline)
    }
  }

  async function deliver(
    id: number,
    exchange: Exchange,
    { quoteWire, payWire, certificateWire }: PaymentMessage,
    deadline: AbortSignal,
  ): Promise<ProviderMessage> {
    const reply = await abortable(handlers.onPayment({ quoteWire, payWire, certificateWire }, from), deadline)
    if (reply.status === 'refused') return refuse(id, reply)
    for (const payload of cutIntoPayloads(reply.contents)) {
      while (exchange.creditBytes < payload.length) await nextCredit(exchange)
      exchange.creditBytes -= payload.length
      send({ type: 'frame', exchange: id, payload })
      if (frames.isFull) await frames.drained(clock.deadline(limits.stallMs, exchange.stopped.signal))
    }
    return { type: 'done', exchange: id, deliveryWire: reply.deliveryWire }
  }

  function nextCredit(exchange: Exchange): Promise<void> {
    const credited = new Promise<void>((resolve) => {
      exchange.onCredit = resolve
    })
    return abortable(credited, clock.deadline(limits.stallMs, exchange.stopped.signal))
  }
}

function refuse(exchange: number, { code, message }: Refusal): ProviderMessage {
  return { type: 'refusal', exchange, code, message }
}
