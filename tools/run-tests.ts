/**
 * The test command: finds or installs a Chromium and a PostgreSQL, runs every test project one after another, and ends
 * with the line `N passed, N failed`. Arguments name the projects to run; without any, all run.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireChromium } from './chromium.ts'
import { providePostgres } from './postgres.ts'

const allProjects = ['unit', 'contract', 'browser', 'network', 'crowd', 'e2e']

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numTotalTestSuites: number
  readonly success: boolean
}

function runProject(project: string, folder: string): { readonly passed: number; readonly failed: number } {
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
    return { passed: report.numPassedTests, failed }
  } catch {
    return { passed: 0, failed: 1 }
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
console.log('')
for (const result of results)
  console.log(`${result.project}: ${result.passed} passed, ${result.failed} failed`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
