import type { ErrorCode } from '../../src/domain/kernel/errors.ts'
import type { CallReply, CallRequest } from '../../src/workers/call-messages.ts'
import type { CalledWorker } from '../../src/workers/worker-caller.ts'

/** What a fake worker does with a call: it says so by the methods of `FakeWorker`, now or later. */
export type OnCall = (call: CallRequest, worker: FakeWorker) => void

/** A worker in this thread that does with calls what a test wants. */
export class FakeWorker extends EventTarget implements CalledWorker {
  isTerminated = false
  /** What it was asked so far. */
  readonly calls: CallRequest[] = []
  readonly #onCall: OnCall

  constructor(onCall: OnCall) {
    super()
    this.#onCall = onCall
  }

  postMessage(call: CallRequest): void {
    this.calls.push(call)
    queueMicrotask(() => {
      if (!this.isTerminated) this.#onCall(call, this)
    })
  }

  /** Replies, as a message that was under way may even after the worker was terminated. */
  finish({ id }: Pick<CallRequest, 'id'>, result: unknown): void {
    this.#reply({ id, type: 'done', result })
  }

  fail({ id }: Pick<CallRequest, 'id'>, code: ErrorCode, message = '', hint = ''): void {
    this.#reply({ id, type: 'failed', code, message, hint })
  }

  breakDown(): void {
    this.dispatchEvent(new Event('error'))
  }

  terminate(): void {
    this.isTerminated = true
  }

  #reply(data: CallReply): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }
}

/** Starts workers of which the first behaves as the first behaviour says, and so on; the last one stays. */
export function createFakeWorkers(...behaviours: readonly [OnCall, ...OnCall[]]) {
  const workers: FakeWorker[] = []
  return {
    workers,
    start(): FakeWorker {
      const worker = new FakeWorker(behaviours[workers.length] ?? behaviours.at(-1) ?? behaviours[0])
      workers.push(worker)
      return worker
    },
  }
}
