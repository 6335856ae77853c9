import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import { createLog } from './log.ts'
import { describeOptions, parseOptions } from './options.ts'
import { startServer } from './server.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { tellReadiness } from './tell-readiness.ts'

const nowMs = Date.now
const log = createLog((line) => process.stderr.write(`${line}\n`), nowMs)

function fail(error: unknown): void {
  const { message, hint } = toLoremeshError(error)
  process.stderr.write(`Loremesh can't start: ${message}${hint === '' ? '' : `. ${hint}`}\n`)
  process.exitCode = 1
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(`${describeOptions()}\n`)
    return
  }
  const server = await startServer({ log, nowMs }, parseOptions(args, process.env))
  const stopTelling = tellReadiness(server, (line) => process.stdout.write(`${line}\n`))
  stopOnSignals({ log, nowMs }, () => {
    stopTelling()
    return server.stop()
  })
  log('info', 'listening')
}

await main(process.argv.slice(2)).catch(fail)
