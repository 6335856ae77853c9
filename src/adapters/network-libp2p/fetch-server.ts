import type { Stream } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import { WHOLE_STREAM } from '../../protocols/exchange.ts'
import {
  encodeFetchMessage,
  MAX_CREDIT_BYTES,
  MAX_REQUESTER_MESSAGE_BYTES,
  parseRequesterMessage,
  type ProviderMessage,
  type RequesterMessage,
} from '../../protocols/fetch.ts'
import type { ProtocolLimits } from '../../protocols/protocol-limits.ts'
import { toRefusal } from '../../protocols/responder.ts'
import { withinTime } from './abortable.ts'
import { openFrameStream } from './frame-stream.ts'
import type { NetworkLimits } from './limits.ts'
import { cutIntoPayloads } from './payloads.ts'
import type { StreamGuard } from './serve-exchanges.ts'
import { createVoucherInbox } from './voucher-inbox.ts'

/** An exchange that the requester began and that has not ended yet. */
interface Exchange {
  readonly stopped: AbortController
  /** Payload bytes that may still be sent. */
  creditBytes: number
  /** Wakes the delivery that waits for credit. */
  onCredit: () => void
}

type Message<TType> = Extract<RequesterMessage, { type: TType }>

/** Opens sessions, delivers within them and takes vouchers over one peer's fetch stream. */
export function serveFetch(
  stream: Stream,
  from: PeerId,
  components: StreamGuard & {
    readonly handlers: Pick<NetworkHandlers, 'onSession' | 'onTake' | 'onVoucher'>
    readonly clock: Pick<Clock, 'every' | 'sleep'>
    readonly mayVouch: () => boolean
  },
  limits: Pick<ProtocolLimits, 'maxInFlight' | 'handlerTimeoutMs'> & Pick<NetworkLimits, 'stallMs'>,
): void {
  const { handlers, clock, mayAsk, mayVouch } = components
  const exchanges = new Map<number, Exchange>()
  let lastExchange = WHOLE_STREAM

  const vouchers = createVoucherInbox({
    // Also after the stream's end: it is money.
    accept: async (reserve, voucher) =>
      withinTime(handlers.onVoucher(reserve, voucher, from), { clock, ms: limits.handlerTimeoutMs }),
    onRefused: (exchange, reason) => exchanges.get(exchange)?.stopped.abort(reason),
    mayAccept: mayVouch,
    clock,
  })
  const frames = openFrameStream(stream, MAX_REQUESTER_MESSAGE_BYTES, {
    onFrame: (frame) => onMessage(parseRequesterMessage(frame)),
    onClosed: () => exchanges.forEach(({ stopped }) => stopped.abort()),
    onBreach: components.onBreach,
    encodeLastWords: ({ code, message }) =>
      encodeFetchMessage({ type: 'refusal', exchange: WHOLE_STREAM, code, message }),
  })
  const send = (message: ProviderMessage) => frames.send(encodeFetchMessage(message))

  function onMessage(message: RequesterMessage): void {
    if (message.exchange > lastExchange) {
      lastExchange = message.exchange
      begin(message)
      return
    }
    // What crosses with the end of its exchange is no fault.
    const exchange = exchanges.get(message.exchange)
    switch (message.type) {
      case 'window':
        if (exchange !== undefined) extendCredit(exchange, message.creditBytes)
        break
      case 'voucher': {
        const { exchange, reserve, amount, signature } = message
        vouchers.put({ exchange, reserve, voucher: { amount, signature } })
        break
      }
      case 'cancel':
        exchange?.stopped.abort()
        break
      case 'open':
      case 'take':
        throw new LoremeshError('bad-encoding', `Exchange ${message.exchange} was begun before`)
    }
  }

  function extendCredit(exchange: Exchange, creditBytes: number): void {
    exchange.creditBytes += creditBytes
    if (exchange.creditBytes > MAX_CREDIT_BYTES) {
      throw new LoremeshError('bad-encoding', `Credit of more than ${MAX_CREDIT_BYTES} bytes`)
    }
    exchange.onCredit()
  }

  function begin(first: RequesterMessage): void {
    const id = first.exchange
    if (first.type === 'window' || first.type === 'cancel') {
      throw new LoremeshError('bad-encoding', `Exchange ${id} was never begun`)
    }
    if (!mayAsk() || exchanges.size >= limits.maxInFlight) {
      const message = 'Too many requests; wait a moment'
      send({ type: 'refusal', exchange: id, code: 'rate-limited', message })
      return
    }
    const exchange = { stopped: new AbortController(), creditBytes: 0, onCredit: () => undefined }
    exchanges.set(id, exchange)
    void answer(first, exchange)
      .catch((error: unknown): ProviderMessage => ({ type: 'refusal', exchange: id, ...toRefusal(error) }))
      .then((final) => {
        exchanges.delete(id)
        send(final)
      })
  }

  /** Works on an exchange until the message that ends it. */
  async function answer(
    first: Message<'open' | 'take' | 'voucher'>,
    exchange: Exchange,
  ): Promise<ProviderMessage> {
    const id = first.exchange
    switch (first.type) {
      case 'open': {
        const { reserveWire, certificateWire } = first
        const terms = await wait(handlers.onSession({ reserveWire, certificateWire }, from), exchange)
        const { creditLine, vouched, standing } = terms
        return { type: 'opened', exchange: id, creditLine, vouched, standing }
      }
      case 'voucher': {
        const { reserve, amount, signature } = first
        await wait(handlers.onVoucher(reserve, { amount, signature }, from), exchange)
        return { type: 'acked', exchange: id }
      }
      case 'take':
        return deliver(first, exchange)
    }
  }

  async function deliver(take: Message<'take'>, exchange: Exchange): Promise<ProviderMessage> {
    const { exchange: id, requestId, contexts, maxTokenCost, reserve, creditBytes } = take
    exchange.creditBytes = creditBytes
    vouchers.expect(id, { reserve, contexts: contexts.length })
    const serving = await wait(
      handlers.onTake({ requestId, contexts, maxTokenCost, reserve }, from),
      exchange,
    )
    send({ type: 'quote', exchange: id, quoteWire: serving.quoteWire })
    const items = serving.contents[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await wait(items.next(), exchange)
        if (next.done === true) break
        for (const payload of cutIntoPayloads(next.value)) await sendPayload(id, payload, exchange)
      }
    } finally {
      // Nobody waits for it, for it may be waiting for a voucher itself.
      items.return?.().catch(() => undefined)
    }
    return { type: 'done', exchange: id, deliveryWire: serving.deliveryWire() }
  }

  async function sendPayload(id: number, payload: Uint8Array, exchange: Exchange): Promise<void> {
    while (exchange.creditBytes < payload.length) {
      const credited = new Promise<void>((resolve) => {
        exchange.onCredit = resolve
      })
      await wait(credited, exchange, limits.stallMs)
    }
    exchange.creditBytes -= payload.length
    send({ type: 'frame', exchange: id, payload })
    if (frames.isFull) await wait(frames.drained(exchange.stopped.signal), exchange, limits.stallMs)
  }

  function wait<T>(promise: Promise<T>, { stopped }: Exchange, ms = limits.handlerTimeoutMs): Promise<T> {
    return withinTime(promise, { clock, ms, signal: stopped.signal })
  }
}
