import type { Stream } from '@libp2p/interface'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DeliveryReply, FetchRequest, PaymentMessage, QuoteReply, Refusal } from '../../ports/network.ts'
import { WHOLE_STREAM } from '../../protocols/exchange.ts'
import {
  createDeliveryAssembler,
  encodeFetchMessage,
  MAX_FETCH_MESSAGE_BYTES,
  parseProviderMessage,
  type DeliveryAssembler,
  type ProviderMessage,
  type RequesterMessage,
} from '../../protocols/fetch.ts'
import { abortable } from './abortable.ts'
import { openFrameStream } from './frame-stream.ts'
import type { NetworkLimits } from './limits.ts'
import type { StreamSession } from './stream-pool.ts'

/** The requester's end of one fetch stream. */
export interface FetchClient extends StreamSession {
  requestQuote(request: FetchRequest, signal: AbortSignal): Promise<QuoteReply>
  pay(
    payment: PaymentMessage,
    sizesBytes: readonly number[],
    options: { readonly signal?: AbortSignal; readonly onBytes?: (received: number) => void },
  ): Promise<DeliveryReply>
  acknowledge(invoice: Uint8Array, ack: Uint8Array, signal: AbortSignal): Promise<void>
}

/** One exchange under way. After an abort nobody waits for it any more, but it lasts until the provider ends it. */
interface Exchange {
  /** Payload bytes that the provider may still send. */
  creditBytes: number
  onFrame(payload: Uint8Array): void
  onFinal(message: FinalMessage): void
  fail(error: LoremeshError): void
}

type FinalMessage = Exclude<ProviderMessage, { type: 'frame' }>
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
      throw new LoremeshError(message.code, `The peer closed the stream: ${message.message}`)
    }
    const exchange = exchanges.get(message.exchange)
    if (exchange === undefined)
      throw new LoremeshError('bad-encoding', 'The peer answered what was not asked')
    if (message.type === 'frame') {
      exchange.creditBytes -= message.payload.length
      if (exchange.creditBytes < 0) {
        throw new LoremeshError('message-too-large', 'The peer sent more than it was allowed to')
      }
      exchange.onFrame(message.payload)
    } else {
      exchanges.delete(message.exchange)
      exchange.onFinal(message)
      closeWhenIdle()
    }
  }

  function onClosed(reason: LoremeshError | undefined): void {
    isOpen = false
    const error = reason ?? new LoremeshError('not-connected', 'The peer closed the stream', 'Try again')
    for (const exchange of exchanges.values()) exchange.fail(error)
    exchanges.clear()
  }

  const frames = openFrameStream(stream, MAX_FETCH_MESSAGE_BYTES, {
    onFrame: (frame) => onMessage(parseProviderMessage(frame)),
    onClosed,
  })

  function closeWhenIdle(): void {
    if (retired && exchanges.size === 0) frames.close()
  }

  /** Begins an exchange; `cancel` tells the provider that nobody waits for its end. */
  function begin(
    first: WithoutExchange<RequesterMessage>,
    exchange: Exchange,
  ): { readonly id: number; cancel(): void } {
    if (!isOpen) throw new LoremeshError('not-connected', 'The stream to the peer is closed', 'Try again')
    const id = ++lastExchange
    exchanges.set(id, exchange)
    frames.send(encodeFetchMessage({ ...first, exchange: id }))
    return {
      id,
      cancel: () => exchanges.has(id) && frames.send(encodeFetchMessage({ type: 'cancel', exchange: id })),
    }
  }

  /** An exchange that is answered with one message. */
  async function ask(first: WithoutExchange<RequesterMessage>, signal: AbortSignal): Promise<FinalMessage> {
    let cancel: () => void = () => undefined
    const answered = new Promise<FinalMessage>((resolve, reject) => {
      ;({ cancel } = begin(first, {
        creditBytes: 0,
        onFrame: () => undefined,
        onFinal: resolve,
        fail: reject,
      }))
    })
    return abortable(answered, signal).finally(cancel)
  }

  return {
    get isOpen() {
      return isOpen && !retired
    },
    retire() {
      retired = true
      closeWhenIdle()
    },

    async requestQuote({ requestId, contexts, maxTokenCost }, signal) {
      const answer = await ask({ type: 'request', requestId, contexts, maxTokenCost }, signal)
      if (answer.type === 'quote') return { status: 'payment-required', quoteWire: answer.quoteWire }
      return toRefusal(answer)
    },

    async pay(payment, sizesBytes, { signal, onBytes }) {
      const assembler = createDeliveryAssembler(sizesBytes)
      let unreported = 0
      let progressed = true
      let settled = false
      let cancel: () => void = () => undefined
      let stopWatching: () => void = () => undefined

      const delivered = new Promise<DeliveryReply>((resolve, reject) => {
        const exchange: Exchange = {
          creditBytes,
          onFrame(payload) {
            if (settled) return
            try {
              assembler.add(payload)
            } catch (error) {
              exchange.fail(toLoremeshError(error))
              return
            }
            progressed = true
            onBytes?.(assembler.receivedBytes)
            unreported += payload.length
            if (unreported >= creditBytes / 4) {
              frames.send(encodeFetchMessage({ type: 'window', exchange: id, creditBytes: unreported }))
              exchange.creditBytes += unreported
              unreported = 0
            }
          },
          onFinal(message) {
            try {
              resolve(message.type === 'done' ? toDelivery(message, assembler) : toRefusal(message))
            } catch (error) {
              reject(toLoremeshError(error))
            }
          },
          fail: (error) => reject(asTruncated(error, assembler.receivedBytes)),
        }
        const begun = begin({ type: 'pay', ...payment, creditBytes }, exchange)
        const { id } = begun
        cancel = begun.cancel
        stopWatching = clock.every(stallMs, () => {
          if (!progressed)
            exchange.fail(new LoremeshError('timeout', 'The peer stopped sending', 'Try again'))
          progressed = false
        })
      })
      return (signal === undefined ? delivered : abortable(delivered, signal)).finally(() => {
        settled = true
        stopWatching()
        cancel()
      })
    },

    async acknowledge(invoice, ack, signal) {
      const answer = await ask({ type: 'ack', invoice, ack }, signal)
      if (answer.type === 'acked') return
      const { code, message } = toRefusal(answer)
      throw new LoremeshError(code, message)
    },
  }
}

/** Breaking off after some bytes came is a truncated delivery, whatever the reason. */
function asTruncated(error: LoremeshError, receivedBytes: number): LoremeshError {
  const brokeOff = error.code === 'timeout' || error.code === 'not-connected' || error.code === 'internal'
  if (!brokeOff || receivedBytes === 0) return error
  return new LoremeshError('truncated', `The peer stopped after ${receivedBytes} bytes`, 'Try again', {
    cause: error,
  })
}

function toDelivery(
  { deliveryWire }: Extract<FinalMessage, { type: 'done' }>,
  assembler: DeliveryAssembler,
): DeliveryReply {
  return { status: 'delivered', contents: assembler.finish(), deliveryWire }
}

/** The refusal that ended an exchange; throws `bad-encoding` when it ended with the answer to something else. */
function toRefusal(message: FinalMessage): Refusal {
  if (message.type === 'refusal') return { status: 'refused', code: message.code, message: message.message }
  throw new LoremeshError('bad-encoding', 'The peer answered something else than was asked')
}
