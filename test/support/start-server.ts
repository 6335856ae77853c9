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
}

/** Starts a server on a free port; resolves once it is ready. `environment` is added to the process's own. */
export async function startServer(environment: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const port = await freePort()
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
    await end(child, signal)
    rmSync(dataDirectory, { recursive: true, force: true })
  }
  return {
    url,
    dataDirectory,
    pause: () => end(child, 'SIGTERM'),
    async resume() {
      child = await run()
    },
    stop: () => finish('SIGTERM'),
    kill: () => finish('SIGKILL'),
  }
}

async function runServer(url: string, environment: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['signaling/main.ts'], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  try {
    await untilReady(url, child, () => log)
    return child
  } catch (error) {
    await end(child, 'SIGKILL')
    throw error
  }
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const end = Date.now() + READY_TIMEOUT_MS
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${log()}`)
    const response = await fetch(`${url}/readyz`).catch(() => undefined)
    if (response?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`The server was not ready in time:\n${log()}`)
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
function freePort(): Promise<number> {
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
