import { STOPPED } from './headless/ask.ts'
import { runCommand } from './headless/commands.ts'
import { parseOptions, USAGE, UsageError } from './headless/options.ts'
import { toLoremeshError } from './domain/kernel/errors.ts'

/** Runs one command line; gives the process's exit status. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args, process.env)
    if (options === 'help') {
      console.log(USAGE)
      return 0
    }
    return await runCommand(options)
  } catch (error) {
    const asJson = args.includes('--json')
    if (error instanceof UsageError) {
      if (asJson) printError('bad-input', error.message, 'See --help')
      else console.error(`${error.message}\n\n${USAGE}`)
      return 2
    }
    const { code, message, hint } = toLoremeshError(error)
    if (asJson) printError(code, message, hint)
    else console.error(hint === '' ? message : `${message}. ${hint}`)
    return code === 'aborted' ? STOPPED : 1
  }
}

function printError(code: string, message: string, hint: string): void {
  console.log(JSON.stringify({ error: { code, message, hint } }))
}

process.exit(await main(process.argv.slice(2)))
