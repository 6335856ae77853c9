/**
 * The test command: finds or installs a Chromium and a PostgreSQL, runs every test project one after another, and ends
 * with the line `N passed, N failed`. Arguments name the projects to run; without any, all run.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { requireChromium } from './chromium.ts'
import { providePostgres } from './postgres.ts'

const allProjects = ['unit', 'contract', 'browser', 'network', 'crowd', 'e2e']

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly TestResult[]
  }[]
}

interface TestResult {
  readonly fullName: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

interface Outcome {
  readonly passed: number
  readonly failed: number
  /** Where and why, a line each. */
  readonly failures: readonly string[]
}

function firstLine(text: string | undefined): string {
  return text?.split('\n', 1)[0] ?? ''
}

function listFailures({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : []
    return failed.map((test) => `${file} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`)
  })
}

function runProject(project: string, folder: string): Outcome {
  const outputFile = join(folder, `${project}.json`)
  console.error(`\n== ${project} ==`)
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${outputFile}`,
    ],
    { stdio: 'inherit' },
  )
  try {
    const report = JSON.parse(readFileSync(outputFile, 'utf8')) as Report
    // A file that can't even be loaded has no failed test of its own, but the run has failed all the same.
    const failed = Math.max(report.numFailedTests, status === 0 ? 0 : 1)
    return { passed: report.numPassedTests, failed, failures: listFailures(report) }
  } catch {
    return { passed: 0, failed: 1, failures: [`${project}: ended without a report`] }
  }
}

const projects = process.argv.length > 2 ? process.argv.slice(2) : allProjects
process.env['CHROMIUM_PATH'] = requireChromium()
if (projects.includes('contract')) providePostgres()
if (projects.includes('e2e')) {
  const build = spawnSync(process.execPath, ['tools/build-if-needed.ts'], { stdio: 'inherit' })
  if (build.status !== 0) process.exit(build.status ?? 1)
}
const folder = mkdtempSync(join(tmpdir(), 'loremesh-tests-'))
const results = projects.map((project) => ({ project, ...runProject(project, folder) }))
rmSync(folder, { recursive: true, force: true })
const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, result) => sum + result.failed, 0)
for (const failure of results.flatMap(({ failures }) => failures)) console.log(`failed: ${failure}`)
console.log('')
for (const result of results)
  console.log(`${result.project}: ${result.passed} passed, ${result.failed} failed`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
