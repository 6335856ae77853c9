import type { PeerId } from '../../src/domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../../src/domain/kernel/errors.ts'
import type { NetworkHandlers, TakeRequest, Taking } from '../../src/ports/network.ts'

/**
 * A delivery within a session, from the handlers of one peer of this process to another peer. As over a network, contexts
 * are sent ahead of being read, vouchers are not answered, and one that is refused ends the delivery.
 */
export async function takeInProcess(
  payee: Pick<NetworkHandlers, 'onTake' | 'onVoucher'>,
  payer: PeerId,
  request: TakeRequest,
  signal?: AbortSignal,
): Promise<Taking> {
  const serving = await payee.onTake(request, payer)
  const source = serving.contents[Symbol.asyncIterator]()
  const sent: Uint8Array[] = []
  let received = 0
  let ended: Uint8Array | LoremeshError | undefined
  let wake: () => void = () => undefined
  let vouchers: Promise<void> = Promise.resolve()

  function end(ending: Uint8Array | LoremeshError): void {
    ended ??= ending
    wake()
  }

  /** Ends the delivery before it is complete; the payee learns it when it comes to send the next context. */
  function breakOff(reason: LoremeshError): void {
    if (ended !== undefined) return
    end(reason)
    source.return?.().catch(() => undefined)
  }

  async function send(): Promise<void> {
    try {
      for (;;) {
        const context = await source.next()
        if (context.done === true) break
        if (ended !== undefined) return
        sent.push(context.value)
        wake()
      }
      end(serving.deliveryWire())
    } catch (error) {
      end(toLoremeshError(error))
    }
  }

  /** The next context, or the statement after the last one. */
  async function next(): Promise<Uint8Array | { readonly deliveryWire: Uint8Array }> {
    for (;;) {
      const context = sent.shift()
      if (context !== undefined) {
        received += 1
        return context
      }
      if (ended instanceof Uint8Array) return { deliveryWire: ended }
      if (ended !== undefined) throw received > 0 ? asTruncated(ended) : ended
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }

  signal?.addEventListener('abort', () => breakOff(new LoremeshError('aborted', 'The delivery was given up')))
  void send()
  return {
    quoteWire: serving.quoteWire,
    async *contents(sizesBytes) {
      let taken = 0
      try {
        for (const sizeBytes of sizesBytes) {
          const context = await next()
          if (!(context instanceof Uint8Array))
            throw new LoremeshError('truncated', 'Less came than was quoted')
          if (context.length !== sizeBytes) {
            const code = context.length > sizeBytes ? 'message-too-large' : 'truncated'
            throw new LoremeshError(code, 'The context has another size than was quoted')
          }
          taken += 1
          yield context
        }
      } finally {
        if (taken < sizesBytes.length) breakOff(new LoremeshError('aborted', 'The delivery was given up'))
      }
    },
    pay(voucher) {
      vouchers = vouchers
        .then(() => payee.onVoucher(request.reserve, voucher, payer))
        .catch((error: unknown) => breakOff(toLoremeshError(error)))
      return Promise.resolve()
    },
    async deliveryWire() {
      const last = await next()
      if (!(last instanceof Uint8Array)) return last.deliveryWire
      const error = new LoremeshError('message-too-large', 'More came than was quoted')
      breakOff(error)
      throw error
    },
    cancel: () => breakOff(new LoremeshError('aborted', 'The delivery was given up')),
  }
}

/** What broke off after something came is a truncated delivery, whatever the reason. */
function asTruncated(error: LoremeshError): LoremeshError {
  const brokeOff = error.code === 'timeout' || error.code === 'not-connected' || error.code === 'internal'
  return brokeOff ? new LoremeshError('truncated', 'The peer stopped', 'Try again', { cause: error }) : error
}
