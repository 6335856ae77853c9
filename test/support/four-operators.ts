import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParametersJson } from '../../src/domain/economy/parameters-json.ts'
import { freePort, startProgram, startServer, type TestProcess, type TestServer } from './start-server.ts'

/** A network of four authorities on four machines. */
export interface FourOperators {
  /** Of the first operator: it runs one authority itself. */
  readonly server: TestServer
  /** Starts the authority of another operator, who may wish other parameters; resolves once it listens. */
  start(index: number, wishes?: ParametersJson): Promise<void>
  kill(index: number): Promise<void>
  stop(): Promise<void>
}

/** Starts a network as four operators make it who each have a machine; `environment` is the server's. */
export async function startFourOperators(
  environment: Readonly<Record<string, string>>,
): Promise<FourOperators> {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-operators-'))
  const dataDirs = [0, 1, 2, 3].map((index) => join(folder, String(index)))
  const made = dataDirs.map((dataDir) => authorityCommand('new-key', '--data-dir', dataDir))
  const keys = made.map((text) => /Key: +([0-9a-f]{64})/.exec(text)?.[1] ?? '')
  const peerIds = made.map((text) => /Peer id: +(\w+)/.exec(text)?.[1] ?? '')
  const genesis = authorityCommand('new-genesis', '--keys', keys.join(), '--checkpoint-seconds', '1')
  for (const dataDir of dataDirs) {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(join(dataDir, 'genesis.json'), genesis)
  }
  const ports = await Promise.all(dataDirs.map(freePort))
  const addresses = peerIds.map((peerId, index) => `/ip4/127.0.0.1/tcp/${ports[index] ?? 0}/ws/p2p/${peerId}`)
  const running = new Map<number, TestProcess>()

  async function start(index: number, wishes: ParametersJson = {}): Promise<void> {
    const dataDir = dataDirs[index] ?? ''
    const wishesPath = join(dataDir, 'wishes.json')
    writeFileSync(wishesPath, JSON.stringify(wishes))
    const program = startProgram([
      'signaling/authority-main.ts',
      ...['--genesis', join(dataDir, 'genesis.json'), '--data-dir', dataDir],
      ...['--port', String(ports[index]), '--authority-addresses', addresses.join()],
      ...['--parameters', wishesPath],
    ])
    running.set(index, program)
    await program.until((log) => log.includes('"authority ready"'))
  }

  async function kill(index: number): Promise<void> {
    await running.get(index)?.end('SIGKILL')
  }

  await Promise.all([1, 2, 3].map((index) => start(index)))
  const server = await startServer({
    ...environment,
    LOREMESH_DATA_DIR: dataDirs[0] ?? '',
    LOREMESH_PORT: String(ports[0]),
    LOREMESH_AUTHORITY_ADDRESSES: addresses.slice(1).join(),
  })

  async function stop(): Promise<void> {
    await server.stop()
    await Promise.all([...running.values()].map((program) => program.end('SIGTERM')))
    rmSync(folder, { recursive: true, force: true })
  }

  return { server, start, kill, stop }
}

function authorityCommand(...args: readonly string[]): string {
  return execFileSync(process.execPath, ['signaling/authority-main.ts', ...args], { encoding: 'utf8' })
}
