import { fork, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Log } from './log.ts'

/** A child process that is started again whenever it ends by itself. */
export interface KeptProcess {
  /** Starts it. To be called once. */
  start(): void
  /** Sends it a JSON message; nothing happens while it does not run. */
  send(message: object): void
  /** It works: the next restart is a quick one again. */
  isWell(): void
  /** Asks it to end with SIGTERM and waits for it; after a while it is killed. */
  stop(): Promise<void>
}

export interface KeptProcessOptions {
  /** What it is called in the log. */
  readonly name: string
  /** Path of its program. */
  readonly entry: string
  /** Its arguments, read anew for each start. */
  readonly args: () => readonly string[]
  /** Added to this process's own environment. A variable without a value is taken away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Ctrl-C in a terminal does not reach it. */
  readonly detached?: boolean
  /** Pause before it is started again after it ended by itself; doubled each time, up to a minute. */
  readonly firstRestartMs?: number
  readonly stopTimeoutMs?: number
}

const LONGEST_RESTART_MS = 60_000

/** The process is not started yet. */
export function createKeptProcess(
  { log }: { readonly log: Log },
  handlers: {
    /** Gets what it sends. */
    readonly onMessage: (message: unknown) => void
    /** Gets what it prints. */
    readonly onLine: (line: string) => void
    /** Called whenever it ends. */
    readonly onExit: () => void
  },
  options: KeptProcessOptions,
): KeptProcess {
  const { name, entry, args, env = {}, detached = false } = options
  const { firstRestartMs = 1_000, stopTimeoutMs = 10_000 } = options
  let restartMs = firstRestartMs
  let restartTimer: NodeJS.Timeout | undefined
  let stopping = false
  let child: ChildProcess | undefined

  function launch(): void {
    child = fork(entry, args(), {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
      detached,
    })
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface(output).on('line', handlers.onLine)
    }
    child.on('message', handlers.onMessage)
    child.on('error', (error) => log('error', `${name} failed`, { reason: error.message }))
    child.once('exit', onExit)
    log('info', `${name} started`, { pid: child.pid ?? -1 })
  }

  function onExit(code: number | null): void {
    handlers.onExit()
    if (stopping) return
    log('warn', `${name} ended`, { code: code ?? -1, restartMs })
    restartTimer = setTimeout(launch, restartMs)
    restartMs = Math.min(2 * restartMs, LONGEST_RESTART_MS)
  }

  return {
    start: launch,
    send: (message) => {
      if (child?.connected === true) child.send(message)
    },
    isWell: () => {
      restartMs = firstRestartMs
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
