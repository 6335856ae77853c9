import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import { createLog } from './log.ts'
import { describeOptions, parseOptions } from './options.ts'
import { startServer, type RunningServer } from './server.ts'

const LONGEST_STOP_MS = 20_000
/** One press of Ctrl-C may come twice: from the terminal, and passed on by npm. */
const ONE_PRESS_MS = 1_000
const nowMs = Date.now
const log = createLog((line) => process.stderr.write(`${line}\n`), nowMs)

function fail(error: unknown): void {
  const { message, hint } = toLoremeshError(error)
  process.stderr.write(`Loremesh can't start: ${message}${hint === '' ? '' : `. ${hint}`}\n`)
  process.exitCode = 1
}

/** Stops on the first signal; another one later, or a stop that hangs, ends the process at once. */
function stopOnSignals(server: RunningServer): void {
  let stoppingSinceMs: number | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stoppingSinceMs !== undefined) {
      if (nowMs() > stoppingSinceMs + ONE_PRESS_MS) process.exit(1)
      return
    }
    stoppingSinceMs = nowMs()
    log('info', 'stopping', { signal })
    setTimeout(() => process.exit(1), LONGEST_STOP_MS).unref()
    server.stop().then(
      () => {
        log('info', 'stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log('error', 'stop failed', { reason: toLoremeshError(error).message })
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(`${describeOptions()}\n`)
    return
  }
  const server = await startServer({ log, nowMs }, parseOptions(args, process.env))
  stopOnSignals(server)
  log('info', 'listening')
  process.stdout.write(`Loremesh is ready: ${server.url.href}\n`)
}

await main(process.argv.slice(2)).catch(fail)
