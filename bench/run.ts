/** `npm run -s bench -- NAME`: runs a measurement; the last line on stdout is its JSON, progress goes to stderr. */
import { measureMainJob } from './main-job.ts'
import type { BenchReport } from './report.ts'

const benches: Readonly<Record<string, () => Promise<BenchReport>>> = {
  'main-job': measureMainJob,
}

const [name] = process.argv.slice(2)
const measure = name === undefined ? undefined : benches[name]
if (measure === undefined) {
  console.error(`Usage: npm run -s bench -- ${Object.keys(benches).join(' | ')}`)
  process.exit(2)
}
console.log(JSON.stringify(await measure()))
process.exit(0)
