import { fork, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import {
  encodeSeederRequest,
  parseSeederMessage,
  type SeederMessage,
  type SeederReply,
  type SeederRequest,
} from '../src/protocols/seeder-ipc.ts'
import type { Log } from './log.ts'
import type { SeederClient } from './seeder-client.ts'

export interface SeederProcess extends SeederClient {
  /** Starts the headless peer with these arguments, and again whenever it ends by itself. To be called once. */
  start(args: readonly string[]): void
  /** Asks the seeder to end and waits for it. */
  stop(): Promise<void>
}

export interface SeederProcessOptions {
  /** Program of the headless peer. */
  readonly entry: string
  /** Pause before it is started again after it ended by itself; doubled each time, up to a minute. */
  readonly firstRestartMs?: number
  readonly requestTimeoutMs?: number
  readonly stopTimeoutMs?: number
}

interface Pending {
  readonly settle: (reply: SeederReply | LoremeshError) => void
  readonly timer: NodeJS.Timeout
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

const LONGEST_RESTART_MS = 60_000

/** The seeder as a child process. Until it runs, every question ends in `not-ready`. */
export function createSeederProcess(
  { log }: { readonly log: Log },
  { entry, firstRestartMs = 1_000, requestTimeoutMs = 20_000, stopTimeoutMs = 10_000 }: SeederProcessOptions,
): SeederProcess {
  const pending = new Map<number, Pending>()
  let lastId = 0
  let peerId: PeerId | undefined
  let restartMs = firstRestartMs
  let restartTimer: NodeJS.Timeout | undefined
  let stopping = false
  let child: ChildProcess | undefined

  function launch(args: readonly string[]): void {
    child = fork(entry, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface(output).on('line', (line) => log('info', 'seeder says', { line }))
    }
    child.on('message', receive)
    child.on('error', (error) => log('error', 'seeder failed', { reason: error.message }))
    child.once('exit', (code) => onExit(code, args))
  }

  function onExit(code: number | null, args: readonly string[]): void {
    peerId = undefined
    const gone = new LoremeshError('not-ready', 'The seeder ended', 'Try again in a moment')
    for (const { settle } of [...pending.values()]) settle(gone)
    if (stopping) return
    log('warn', 'seeder ended', { code: code ?? -1, restartMs })
    restartTimer = setTimeout(() => launch(args), restartMs)
    restartMs = Math.min(2 * restartMs, LONGEST_RESTART_MS)
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
      restartMs = firstRestartMs
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
      child?.send(encodeSeederRequest({ ...question, id }))
    })
    if (reply instanceof LoremeshError) throw reply
    if (reply.type === 'refused') throw new LoremeshError(reply.code, reply.message, reply.hint)
    if (reply.type !== type) throw new LoremeshError('internal', `The seeder answered with "${reply.type}"`)
    return reply as Extract<SeederReply, { type: T }>
  }

  return {
    start: launch,
    get peerId() {
      return peerId
    },
    quote: async (question) => (await ask('quoted', { type: 'quote', ...question })).quoteWire,
    pay: (question) => ask('delivered', { type: 'pay', ...question }),
    acknowledge: async (question) => {
      await ask('acknowledged', { type: 'ack', ...question })
    },
    async stop() {
      stopping = true
      clearTimeout(restartTimer)
      const running = child
      if (running?.exitCode !== null || running.signalCode !== null) return
      const exited = new Promise((resolve) => running.once('exit', resolve))
      running.kill('SIGTERM')
      const timer = setTimeout(() => running.kill('SIGKILL'), stopTimeoutMs)
      await exited
      clearTimeout(timer)
    },
  }
}
