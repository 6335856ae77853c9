import type { PeerId } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { NetworkHandlers, TakeRequest, Taking } from '../../src/ports/network.ts'

/** A delivery within a session, from the handlers of one peer of this process to another peer. */
export async function takeInProcess(
  payee: Pick<NetworkHandlers, 'onTake' | 'onVoucher'>,
  payer: PeerId,
  request: TakeRequest,
): Promise<Taking> {
  const serving = await payee.onTake(request, payer)
  const contents = serving.contents[Symbol.asyncIterator]()
  return {
    quoteWire: serving.quoteWire,
    async *contents(sizesBytes) {
      try {
        for (const sizeBytes of sizesBytes) {
          const { value, done } = await contents.next()
          if (done === true) throw new LoremeshError('truncated', 'The delivery broke off')
          if (value.length !== sizeBytes) {
            const code = value.length > sizeBytes ? 'message-too-large' : 'truncated'
            throw new LoremeshError(code, 'The context has another size than was quoted')
          }
          yield value
        }
        // The provider learns that everything was taken, as it does when its last frame has gone.
        await contents.next()
      } finally {
        await contents.return?.()
      }
    },
    pay: (voucher) => payee.onVoucher(request.reserve, voucher, payer),
    deliveryWire: () => Promise.resolve(serving.deliveryWire()),
    cancel: () => void contents.return?.(),
  }
}
