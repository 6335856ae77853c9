import type { PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import {
  encodeSeederRequest,
  parseSeederMessage,
  type SeederMessage,
  type SeederReply,
  type SeederRequest,
} from '../src/protocols/seeder-ipc.ts'
import { createKeptProcess, type KeptProcessOptions } from './kept-process.ts'
import type { Log } from './log.ts'
import type { SeederClient } from './seeder-client.ts'

export interface SeederProcess extends SeederClient {
  /** Starts the headless peer with these arguments, and again whenever it ends by itself. To be called once. */
  start(args: readonly string[]): void
  /** Asks the seeder to end and waits for it. */
  stop(): Promise<void>
}

export interface SeederProcessOptions extends Pick<
  KeptProcessOptions,
  'entry' | 'firstRestartMs' | 'stopTimeoutMs'
> {
  readonly requestTimeoutMs?: number
}

interface Pending {
  readonly settle: (reply: SeederReply | LoremeshError) => void
  readonly timer: NodeJS.Timeout
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

/** The seeder as a child process. Until it runs, every question ends in `not-ready`. */
export function createSeederProcess(
  { log }: { readonly log: Log },
  { requestTimeoutMs = 20_000, ...options }: SeederProcessOptions,
): SeederProcess {
  const pending = new Map<number, Pending>()
  let args: readonly string[] = []
  let lastId = 0
  let peerId: PeerId | undefined
  const child = createKeptProcess(
    { log },
    { onMessage: receive, onLine: (line) => log('info', 'seeder says', { line }), onExit: failPending },
    { ...options, name: 'seeder', args: () => args },
  )

  function failPending(): void {
    peerId = undefined
    const gone = new LoremeshError('not-ready', 'The seeder ended', 'Try again in a moment')
    for (const { settle } of [...pending.values()]) settle(gone)
  }

  function receive(raw: unknown): void {
    let message: SeederMessage
    try {
      message = parseSeederMessage(raw)
    } catch (error) {
      log('error', 'seeder sent a malformed message', { reason: toLoremeshError(error).message })
      return
    }
    if (message.type === 'announced') {
      peerId = message.peerId
      child.isWell()
      log('info', 'seeder announced')
    } else {
      pending.get(message.id)?.settle(message)
    }
  }

  async function ask<T extends SeederReply['type']>(
    type: T,
    question: WithoutId<SeederRequest>,
  ): Promise<Extract<SeederReply, { type: T }>> {
    if (peerId === undefined) {
      throw new LoremeshError('not-ready', 'The seeder is still starting', 'Try again in a moment')
    }
    const id = ++lastId
    const reply = await new Promise<SeederReply | LoremeshError>((resolve) => {
      const settle: Pending['settle'] = (result) => {
        clearTimeout(timer)
        pending.delete(id)
        resolve(result)
      }
      const late = new LoremeshError(
        'timeout',
        'The seeder did not answer in time',
        'Repeat the same request',
      )
      const timer = setTimeout(() => settle(late), requestTimeoutMs)
      pending.set(id, { settle, timer })
      child.send(encodeSeederRequest({ ...question, id }))
    })
    if (reply instanceof LoremeshError) throw reply
    if (reply.type === 'refused') throw new LoremeshError(reply.code, reply.message, reply.hint)
    if (reply.type !== type) throw new LoremeshError('internal', `The seeder answered with "${reply.type}"`)
    return reply as Extract<SeederReply, { type: T }>
  }

  return {
    start(seederArgs) {
      args = seederArgs
      child.start()
    },
    get peerId() {
      return peerId
    },
    quote: async (question) => (await ask('quoted', { type: 'quote', ...question })).quoteWire,
    pay: (question) => ask('delivered', { type: 'pay', ...question }),
    acknowledge: async (question) => {
      await ask('acknowledged', { type: 'ack', ...question })
    },
    stop: child.stop,
  }
}
