import { fileURLToPath } from 'node:url'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import { parseAuthorityMessage, type AddressesMessage, type AuthorityMessage } from './authority-ipc.ts'
import { createKeptProcess } from './kept-process.ts'
import { relayLogLine, type Log } from './log.ts'

/** An authority as a child process. */
export interface AuthorityProcess {
  /** Starts it, and again whenever it ends by itself; gives the port that it listens on. Throws why it can't start. */
  start(): Promise<number>
  /** Tells it where the authorities are, now and after every restart. */
  tell(addresses: readonly string[]): void
  /** Asks it to end and waits for it. */
  stop(): Promise<void>
}

export interface AuthorityProcessOptions {
  /** Its index in the genesis. */
  readonly index: number
  readonly genesisPath: string
  readonly dataDir: string
  readonly host: string
  /** 0 takes a free one, and keeps it over restarts. */
  readonly port: number
  readonly shards: number
  readonly grantsPerDay: number
  /** File with the parameters that the operator wishes to have changed; empty for none. */
  readonly parametersPath: string
  /** Its database; undefined when it keeps files. */
  readonly databaseUrl: string | undefined
  readonly firstRestartMs?: number
}

const PROGRAM = fileURLToPath(new URL('authority-main.ts', import.meta.url))

/** The process is not started yet. */
export function createAuthorityProcess(
  { log }: { readonly log: Log },
  options: AuthorityProcessOptions,
): AuthorityProcess {
  const { index, genesisPath, dataDir, host, shards, grantsPerDay, parametersPath } = options
  const { databaseUrl, firstRestartMs } = options
  let onStarted: (port: number) => void = () => undefined
  let onNotStarted: (reason: LoremeshError) => void = () => undefined
  let addresses: readonly string[] = []
  let { port } = options
  let failure = new LoremeshError('internal', `Authority ${index} ended at once`, 'See the log')
  const child = createKeptProcess(
    { log },
    {
      onMessage: receive,
      onLine: (line) => relayLogLine(log, line, 'authority', { authority: index }),
      onExit: () => onNotStarted(failure),
    },
    {
      name: `authority ${index}`,
      entry: PROGRAM,
      args: () => [
        ...['--genesis', genesisPath, '--data-dir', dataDir, '--host', host, '--port', String(port)],
        ...['--shards', String(shards), '--grants-per-day', String(grantsPerDay)],
        ...['--parameters', parametersPath, '--authority-addresses', ''],
      ],
      env: { DATABASE_URL: databaseUrl, LOREMESH_CONFIG: undefined },
      // It is needed until the server has stopped, and ends with it.
      detached: true,
      ...(firstRestartMs === undefined ? {} : { firstRestartMs }),
    },
  )

  function sendAddresses(): void {
    if (addresses.length > 0) child.send({ type: 'addresses', addresses } satisfies AddressesMessage)
  }

  function receive(raw: unknown): void {
    let message: AuthorityMessage
    try {
      message = parseAuthorityMessage(raw)
    } catch (error) {
      log('error', 'authority sent a malformed message', { reason: toLoremeshError(error).message })
      return
    }
    if (message.type === 'failed') {
      failure = new LoremeshError(message.code, message.message, message.hint)
      return
    }
    port = message.port
    child.isWell()
    onStarted(port)
    sendAddresses()
    log('info', 'authority listens', { authority: index })
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        onStarted = resolve
        onNotStarted = reject
        child.start()
      }),
    tell(told) {
      addresses = told
      sendAddresses()
    },
    stop: child.stop,
  }
}
