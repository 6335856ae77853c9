import { expect, it } from 'vitest'
import { describeOptions } from '../../../signaling/options.ts'
import { USAGE } from '../../../src/headless/options.ts'
import { readProjectFile } from '../../support/project-files.ts'

const text = readProjectFile('README.md')

it('lists every setting of the server with its variable', () => {
  const flags = Array.from(describeOptions().matchAll(/^ {2}--([\w-]+)/gm), ([, flag = '']) => flag)
  expect(flags.length).toBeGreaterThan(10)
  for (const flag of flags) {
    expect(text).toContain(`\`--${flag}\``)
    expect(text).toContain(`\`LOREMESH_${flag.replaceAll('-', '_').toUpperCase()}\``)
  }
})

it('lists every command of the headless peer as its usage does', () => {
  const usages = Array.from(USAGE.matchAll(/^ {2}([a-z].*?)(?: {2,}|$)/gm), ([, usage = '']) => usage)
  expect(usages).toHaveLength(7)
  for (const usage of usages) expect(text).toContain(`| \`${usage}\``)
})

it('names scripts that exist', () => {
  const { scripts } = JSON.parse(readProjectFile('package.json')) as { scripts: Record<string, string> }
  const contributing = readProjectFile('CONTRIBUTING.md')
  const named = `${text}\n${contributing}`.matchAll(/npm run (?:-s )?([\w:]+)/g)
  for (const [, name = ''] of named) expect(Object.keys(scripts)).toContain(name)
})
