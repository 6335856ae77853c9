import { LoremeshError } from '../domain/kernel/errors.ts'
import type { CallReply, CallRequest, WorkerFunctions } from './call-messages.ts'

/** What is used of a `Worker`. */
export type CalledWorker = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>

/** Calls the functions that a worker offers with `answerCalls`. */
export interface WorkerCaller<Functions extends WorkerFunctions<Functions>> {
  /**
   * Calls a function in the worker that runs, or in a new one. Throws what the function throws, what `brokenDown` gives
   * when the worker breaks down, and what `end` is given.
   */
  call<Name extends keyof Functions & string>(
    name: Name,
    ...parameters: Parameters<Functions[Name]>
  ): Promise<Awaited<ReturnType<Functions[Name]>>>
  /** Ends the worker that runs, if any; open calls throw `error`. */
  end(error: LoremeshError): void
}

interface OpenCall {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: LoremeshError) => void
}

interface RunningWorker {
  readonly worker: CalledWorker
  readonly open: Map<number, OpenCall>
}

/** Creates the caller; a worker starts with the first call, and with the first one after the worker before has ended. */
export function createWorkerCaller<Functions extends WorkerFunctions<Functions>>(
  startWorker: () => CalledWorker,
  options: {
    /** What open calls throw when the worker breaks down. */
    readonly brokenDown: () => LoremeshError
    /** Called when the worker has broken down, before its open calls hear of it. */
    readonly onBrokenDown?: () => void
    /** True where nothing works any more once a call has failed: the worker ends, and open calls throw the same. */
    readonly endsWithFailure?: boolean
  },
): WorkerCaller<Functions> {
  let running: RunningWorker | undefined
  let nextId = 0

  function end(ended: RunningWorker, error: LoremeshError): void {
    if (running === ended) running = undefined
    ended.worker.terminate()
    const calls = [...ended.open.values()]
    ended.open.clear()
    for (const { reject } of calls) reject(error)
  }

  function breakDown(broken: RunningWorker): void {
    if (running !== broken) return
    running = undefined
    options.onBrokenDown?.()
    end(broken, options.brokenDown())
  }

  /** Its lock is free once a worker has ended, also by a crash that no event tells of. */
  async function watch(watched: RunningWorker, lock: string): Promise<void> {
    try {
      await navigator.locks.request(lock, () => breakDown(watched))
    } catch {
      // The page itself ends.
    }
  }

  function settle(from: RunningWorker, reply: CallReply): void {
    if (reply.type === 'running') {
      void watch(from, reply.lock)
      return
    }
    const call = from.open.get(reply.id)
    if (call === undefined) return
    if (reply.type === 'done') {
      from.open.delete(reply.id)
      call.resolve(reply.result)
      return
    }
    const error = new LoremeshError(reply.code, reply.message, reply.hint)
    if (options.endsWithFailure === true) {
      end(from, error)
      return
    }
    from.open.delete(reply.id)
    call.reject(error)
  }

  function start(): RunningWorker {
    const worker = startWorker()
    const started: RunningWorker = { worker, open: new Map() }
    worker.addEventListener('message', (event) => settle(started, (event as MessageEvent<CallReply>).data))
    worker.addEventListener('error', () => breakDown(started))
    worker.addEventListener('messageerror', () => breakDown(started))
    return started
  }

  return {
    call(name, ...parameters) {
      type Result = Awaited<ReturnType<Functions[typeof name]>>
      return new Promise<Result>((resolve, reject) => {
        running ??= start()
        const request: CallRequest = { id: nextId++, name, parameters }
        running.worker.postMessage(request)
        running.open.set(request.id, { resolve: (result) => resolve(result as Result), reject })
      })
    },
    end(error) {
      if (running !== undefined) end(running, error)
    },
  }
}
