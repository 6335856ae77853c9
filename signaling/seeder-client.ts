import type { PeerId } from '../src/domain/identity/account.ts'
import type { DeliveredContext, SeederRequest } from '../src/protocols/seeder-ipc.ts'

type Question<Type extends SeederRequest['type']> = Omit<
  Extract<SeederRequest, { type: Type }>,
  'id' | 'type'
>

/** The seeder as the HTTP API uses it. Every call throws what the seeder refuses with, `not-ready` or `timeout`. */
export interface SeederClient {
  /** Undefined until the seeder runs and its contexts are announced. */
  readonly peerId: PeerId | undefined
  /** A signed quote for one context. */
  quote(question: Question<'quote'>): Promise<Uint8Array>
  /** The context that a certified payment is for, with the seeder's signed statement of it. */
  pay(
    question: Question<'pay'>,
  ): Promise<{ readonly context: DeliveredContext; readonly deliveryWire: Uint8Array }>
  acknowledge(question: Question<'ack'>): Promise<void>
}
