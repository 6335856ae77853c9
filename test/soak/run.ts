/**
 * `npm run -s soak -- NAME [--minutes N] [--tabs N]`: a run too long or too large for the tests. The last line on stdout is
 * JSON, progress goes to stderr; exit status 1 when something was not as it must be.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { soakMainJob } from './main-job.ts'
import type { SoakReport } from './soak-report.ts'

type Soak = (options: { readonly minutes: number; readonly tabs: number }) => Promise<SoakReport>

const soaks: Readonly<Record<string, Soak>> = {
  'main-job': soakMainJob,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '10' }, tabs: { type: 'string', default: '20' } },
})
const [name = ''] = positionals
const soak = soaks[name]
const [minutes, tabs] = [Number(values.minutes), Number(values.tabs)]
if (soak === undefined || !(minutes > 0) || !Number.isSafeInteger(tabs) || tabs < 2) {
  console.error(`Usage: npm run -s soak -- ${Object.keys(soaks).join(' | ')} [--minutes N] [--tabs N]`)
  process.exit(2)
}
const build = spawnSync(process.execPath, ['tools/build-if-needed.ts'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
if (build.status !== 0) process.exit(build.status ?? 1)
const report = await soak({ minutes, tabs })
console.log(JSON.stringify(report))
process.exit(report.failures.length === 0 ? 0 : 1)
