import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const directly = [process.execPath, 'signaling/main.ts'] as const
/** As people start it, but for the build of the app. */
const throughNpm = ['npm', 'start', '--ignore-scripts', '--silent'] as const

let dir: string
const started: ChildProcess[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'loremesh-process-'))
  mkdirSync(join(dir, 'library'))
  writeFileSync(join(dir, 'library', 'tides.md'), '# Tides\n\nThe moon pulls the sea.\n')
})
afterEach(async () => {
  for (const child of started.splice(0)) killGroup(child)
  await expect.poll(seederRuns, { timeout: 20_000 }).toBe(false)
  rmSync(dir, { recursive: true })
})

interface ServerProcess {
  readonly child: ChildProcess
  readonly port: number
  /** Resolves with the exit status. */
  readonly exited: Promise<number | null>
}

/** Starts a server with a command; resolves once it says that it is ready, and its seeder shares its library. */
async function start([program, ...args]: readonly [string, ...string[]]): Promise<ServerProcess> {
  const child = spawn(program, args, {
    cwd: root,
    env: {
      ...process.env,
      LOREMESH_PORT: '0',
      LOREMESH_DATA_DIR: join(dir, 'data'),
      LOREMESH_DIST_DIR: dir,
      LOREMESH_LIBRARY_DIR: join(dir, 'library'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that nothing outlives a test that fails.
    detached: true,
  })
  started.push(child)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = new URL((await lineOf(child, 'stdout', 'Loremesh is ready: ')).split(': ')[1] ?? '')
  expect((await fetch(new URL('/readyz', url))).status).toBe(200)
  return { child, port: Number(url.port), exited }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Everything in it has ended.
  }
}

/** The first line with this text. */
function lineOf(child: ChildProcess, output: 'stdout' | 'stderr', text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = child[output]
    if (stream === null) throw new Error(`The process has no ${output}`)
    createInterface(stream)
      .on('line', (line) => {
        if (line.includes(text)) resolve(line)
      })
      .once('close', () => reject(new Error(`The server ended without "${text}"`)))
  })
}

/** Whether a process uses the seeder's data folder: its lock ends with the process, however that ends. */
function seederRuns(): boolean {
  const database = new DatabaseSync(join(dir, 'data', 'seeder', 'content.sqlite'))
  try {
    database.exec('BEGIN EXCLUSIVE; ROLLBACK')
    return false
  } catch {
    return true
  } finally {
    database.close()
  }
}

function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

it('ends with its seeder when npm gets SIGTERM, and leaves the port free', async () => {
  const { child, port, exited } = await start(throughNpm)
  expect(seederRuns()).toBe(true)
  expect(await isPortFree(port)).toBe(false)
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
  expect(seederRuns()).toBe(false)
  expect(await isPortFree(port)).toBe(true)
})

it('takes its seeder along when it crashes', async () => {
  const { child, port, exited } = await start(directly)
  expect(seederRuns()).toBe(true)
  child.kill('SIGKILL')
  await exited
  await expect.poll(seederRuns, { timeout: 20_000 }).toBe(false)
  expect(await isPortFree(port)).toBe(true)
})

it('stops in order when Ctrl-C reaches it twice, from the terminal and from npm', async () => {
  const { child, port, exited } = await start(directly)
  child.kill('SIGINT')
  await lineOf(child, 'stderr', '"stopping"')
  child.kill('SIGINT')
  expect(await exited).toBe(0)
  expect(seederRuns()).toBe(false)
  expect(await isPortFree(port)).toBe(true)
})
