import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import type { CallReply, CallRequest, WorkerFunctions } from './call-messages.ts'

/**
 * In a worker: answers calls with `functions` from now on, each as soon as it is done. What `buffersOf` finds in a result
 * is moved to the caller instead of copied.
 */
export function answerCalls<Functions extends WorkerFunctions<Functions>>(
  functions: Functions,
  buffersOf: (result: Awaited<ReturnType<Functions[keyof Functions]>>) => Transferable[] = () => [],
): void {
  const known = new Map<string, unknown>(Object.entries(functions))

  const held = holdLock()

  async function answer({ id, name, parameters }: CallRequest): Promise<void> {
    await held
    try {
      const run = known.get(name) as ((...parameters: readonly unknown[]) => unknown) | undefined
      if (run === undefined) throw new LoremeshError('internal', `The worker knows no ${name}`)
      const result = (await run(...parameters)) as Parameters<typeof buffersOf>[0]
      reply({ id, type: 'done', result }, buffersOf(result))
    } catch (error) {
      const { code, message, hint } = toLoremeshError(error)
      reply({ id, type: 'failed', code, message, hint })
    }
  }

  addEventListener('message', ({ data }: MessageEvent<CallRequest>) => void answer(data))
}

/**
 * Resolves once the worker holds a lock that the browser frees when it ends, however it ends, and the caller knows of it: so
 * it hears of a crash that no event tells of.
 */
function holdLock(): Promise<void> {
  const lock = crypto.randomUUID()
  return new Promise((resolve) => {
    void navigator.locks.request(lock, () => {
      reply({ type: 'running', lock })
      resolve()
      return new Promise<never>(() => undefined)
    })
  })
}

function reply(message: CallReply, transfer: Transferable[] = []): void {
  postMessage(message, { transfer })
}
