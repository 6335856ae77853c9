import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listProjectFiles, readProjectFile } from '../../support/project-files.ts'

/** Rows of the tables, without their heads. */
const rows = readProjectFile('docs/THREATS.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (threat|-)/.test(line))
const files = new Set(listProjectFiles('test/**/*.ts'))

describe.each(rows)('%s', (row) => {
  const [, threat = '', happens = '', shownBy = ''] = row.split('|').map((cell) => cell.trim())

  it('says what happens, and names a test', () => {
    expect([threat, happens, shownBy]).not.toContain('')
    expect(shownBy).toMatch(/\]\([^)]+\): “[^”]+”/)
  })

  it('names tests that exist', () => {
    for (const [, target = '', names = ''] of shownBy.matchAll(/\]\(([^)]+)\): ((?:“[^”]+”(?:, )?)+)/g)) {
      const path = join('docs', target)
      expect(files).toContain(path)
      const source = readProjectFile(path)
      for (const [, name = ''] of names.matchAll(/“([^”]+)”/g)) expect(source).toContain(name)
    }
  })
})
