import { spawn, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Starts the peer without a browser with a command line. */
export function startHeadless(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, ['src/headless.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** How a command has ended. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a whole command line to its end. */
export function runHeadless(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return outcomeOf(startHeadless(args, environment))
}

/** What a command has printed when it ends; to be asked for before it prints. */
export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((done) => child.once('close', (status) => done({ status, stdout, stderr })))
}

/** What a process has printed, as JSON. */
export function jsonOf({ stdout, stderr }: Outcome): Record<string, unknown> {
  if (stdout === '') throw new Error(`Nothing was printed: ${stderr}`)
  return JSON.parse(stdout) as Record<string, unknown>
}
