import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000

/** A Loremesh server in its own process and data directory, as an operator starts it. */
export interface TestServer {
  readonly url: string
  readonly dataDirectory: string
  /** Ends the process and keeps its data for `resume`. */
  pause(): Promise<void>
  /** Starts it again at the same address; resolves once it is ready. */
  resume(): Promise<void>
  stop(): Promise<void>
  /** Ends the process without any goodbye. */
  kill(): Promise<void>
  /** Ends the process of the authority with this index, which this server runs beside its own, without any goodbye. */
  killAuthority(index: number): void
}

/** A Loremesh program in a process of its own. */
export interface TestProcess {
  /** What it has logged so far. */
  log(): string
  /** Ends it and waits for that. */
  end(signal: NodeJS.Signals): Promise<void>
}

/**
 * Starts a server on a free port, unless `environment` names one; resolves once it is ready. `environment` is added to the
 * process's own.
 */
export async function startServer(environment: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const port = Number(environment['LOREMESH_PORT'] ?? (await freePort()))
  const dataDirectory = mkdtempSync(join(tmpdir(), 'loremesh-server-'))
  const url = `http://127.0.0.1:${port}`
  const run = () =>
    runServer(url, {
      LOREMESH_PORT: String(port),
      LOREMESH_DATA_DIR: dataDirectory,
      LOREMESH_ICE_SERVERS: '[]',
      ...environment,
    })
  let child = await run()
  const finish = async (signal: NodeJS.Signals): Promise<void> => {
    await child.end(signal)
    rmSync(dataDirectory, { recursive: true, force: true })
  }
  return {
    url,
    dataDirectory,
    pause: () => child.end('SIGTERM'),
    async resume() {
      child = await run()
    },
    stop: () => finish('SIGTERM'),
    kill: () => finish('SIGKILL'),
    killAuthority: (index) => process.kill(authorityPid(child.log(), index), 'SIGKILL'),
  }
}

/** The newest process of an authority, as the server's log tells it. */
function authorityPid(log: string, index: number): number {
  const started = log.matchAll(new RegExp(`"authority ${index} started","pid":(\\d+)`, 'g'))
  const pid = Number([...started].at(-1)?.[1])
  if (!Number.isInteger(pid)) throw new Error(`The server runs no authority ${index}`)
  return pid
}

async function runServer(url: string, environment: Readonly<Record<string, string>>): Promise<TestProcess> {
  const child = startProgram(['signaling/main.ts'], environment)
  await child.until(async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true)
  return child
}

/** As `npm start` sets it. */
const asStarted = { MALLOC_ARENA_MAX: '2' }

/** Starts a Node program of this project. `until` waits for something, and fails when the program ends before it. */
export function startProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): TestProcess & { until(isThere: (log: string) => boolean | Promise<boolean>): Promise<void> } {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...asStarted, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => (log += chunk.toString()))
  }
  const name = args[0] ?? ''
  return {
    log: () => log,
    end: (signal) => end(child, signal),
    async until(isThere) {
      try {
        const deadline = Date.now() + READY_TIMEOUT_MS
        while (!(await isThere(log))) {
          if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${log}`)
          if (Date.now() > deadline) throw new Error(`${name} was not ready in time:\n${log}`)
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      } catch (error) {
        await end(child, 'SIGKILL')
        throw error
      }
    },
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

/** A port of the loopback interface that is free at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('No free port'))
      })
    })
  })
}
