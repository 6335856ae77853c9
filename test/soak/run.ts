/**
 * `npm run -s soak -- NAME [options]`: a run too long or too large for the tests. The last line on stdout is JSON, progress
 * goes to stderr; exit status 1 when something was not as it must be.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { documentParts, soakDocuments } from './documents.ts'
import { soakHostile } from './hostile.ts'
import { ledgerParts, soakLedger } from './ledger.ts'
import { soakMainJob } from './main-job.ts'
import { networkParts, soakNetwork } from './network.ts'
import type { SoakReport } from './soak-report.ts'

const USAGE = `Usage: npm run -s soak -- main-job [--minutes N] [--tabs N]
       npm run -s soak -- ledger [--part ${ledgerParts.join('|')}] [--seeds N] [--runs N] [--cases N]
       npm run -s soak -- documents [--part ${documentParts.join('|')}]
       npm run -s soak -- network [--part ${networkParts.join('|')}]
       npm run -s soak -- hostile [--minutes N] [--sybils N]`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    tabs: { type: 'string', default: '20' },
    part: { type: 'string' },
    seeds: { type: 'string', default: '200' },
    runs: { type: 'string', default: '100' },
    cases: { type: 'string', default: '200000' },
    sybils: { type: 'string', default: '1000' },
  },
})
const [name = ''] = positionals
const ledgerPart = ledgerParts.find((known) => known === values.part)
const documentPart = documentParts.find((known) => known === values.part)
const networkPart = networkParts.find((known) => known === values.part)
const partsByName: Readonly<Record<string, string | undefined>> = {
  documents: documentPart,
  ledger: ledgerPart,
  network: networkPart,
}
const part = partsByName[name]
const [minutes, tabs] = [Number(values.minutes), Number(values.tabs)]
const [seeds, runs, cases] = [Number(values.seeds), Number(values.runs), Number(values.cases)]
const sybils = Number(values.sybils)
const soaks: Readonly<Record<string, () => Promise<SoakReport>>> = {
  'main-job': () => soakMainJob({ minutes, tabs }),
  ledger: () => soakLedger({ part: ledgerPart, seeds, runs, cases }),
  documents: () => soakDocuments({ part: documentPart }),
  network: () => soakNetwork({ part: networkPart }),
  hostile: () => soakHostile({ minutes, sybils }),
}
const soak = soaks[name]
const areCounts = [seeds, runs, cases, sybils].every((count) => Number.isSafeInteger(count) && count > 0)
const areUsable = minutes > 0 && Number.isSafeInteger(tabs) && tabs >= 2 && areCounts
if (soak === undefined || !areUsable || part !== values.part) {
  console.error(USAGE)
  process.exit(2)
}
const build = spawnSync(process.execPath, ['tools/build-if-needed.ts'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
if (build.status !== 0) process.exit(build.status ?? 1)
const report = await soak()
console.log(JSON.stringify(report))
process.exit(report.failures.length === 0 ? 0 : 1)
