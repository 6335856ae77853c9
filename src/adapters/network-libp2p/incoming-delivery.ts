import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Taking } from '../../ports/network.ts'
import { createDeliveryAssembler } from '../../protocols/delivery-assembler.ts'
import { withinTime } from './abortable.ts'

interface Frame {
  readonly type: 'frame'
  readonly payload: Uint8Array
}

interface Done {
  readonly type: 'done'
  readonly deliveryWire: Uint8Array
}

/**
 * What comes of one take. Frames wait in a queue until the contexts are read; whoever reads slowly slows the provider
 * down, for only what has left the queue is credited to it again.
 */
export interface IncomingDelivery extends Pick<Taking, 'contents' | 'deliveryWire'> {
  push(frame: Frame): void
  /** Ends the delivery, with the payee's statement or with why no more comes. Of several ends the first one counts. */
  end(ending: Done | LoremeshError): void
  /** Ends the delivery because nobody wants the rest. */
  giveUp(reason: LoremeshError): void
}

/**
 * A delivery of which nothing has come. `onRead` gets the bytes that left the queue; `onGivenUp` is called when nobody
 * wants the rest: `signal` fired, or nothing came for `stallMs`, while somebody waited for more.
 */
export function createIncomingDelivery(
  components: {
    readonly onRead: (bytes: number) => void
    readonly onGivenUp: () => void
    readonly clock: Pick<Clock, 'every'>
  },
  { stallMs, signal }: { readonly stallMs: number; readonly signal: AbortSignal | undefined },
): IncomingDelivery {
  const { onRead, onGivenUp, clock } = components
  const queue: Frame[] = []
  let receivedBytes = 0
  let ended: Done | LoremeshError | undefined
  let wake: () => void = () => undefined

  function end(ending: Done | LoremeshError): void {
    ended ??= ending instanceof LoremeshError ? asTruncated(ending, receivedBytes) : ending
    wake()
  }

  function giveUp(reason: LoremeshError): void {
    if (ended !== undefined) return
    queue.length = 0
    end(reason)
    onGivenUp()
  }

  async function waitForMore(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    await withinTime(woken, { clock, ms: stallMs, signal }).catch((error: unknown) =>
      giveUp(toLoremeshError(error)),
    )
  }

  /** The next frame, or the end. Throws why no more comes. */
  async function next(): Promise<Frame | Done> {
    for (;;) {
      const frame = queue.shift()
      if (frame !== undefined) {
        onRead(frame.payload.length)
        return frame
      }
      if (ended instanceof LoremeshError) throw ended
      if (ended !== undefined) return ended
      await waitForMore()
    }
  }

  return {
    push(frame) {
      if (ended !== undefined) return
      receivedBytes += frame.payload.length
      queue.push(frame)
      wake()
    },
    end,
    giveUp,
    async *contents(sizesBytes) {
      const assembler = createDeliveryAssembler(sizesBytes)
      try {
        while (!assembler.isComplete) {
          const message = await next()
          if (message.type === 'done') throw new LoremeshError('truncated', 'Less came than was quoted')
          yield* assembler.add(message.payload)
        }
      } catch (error) {
        giveUp(toLoremeshError(error))
        throw error
      } finally {
        if (!assembler.isComplete) giveUp(new LoremeshError('aborted', 'The delivery was given up'))
      }
    },
    async deliveryWire() {
      const message = await next()
      if (message.type === 'done') return message.deliveryWire
      const error = new LoremeshError('message-too-large', 'More came than was quoted')
      giveUp(error)
      throw error
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
