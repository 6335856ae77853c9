import { expect, it } from 'vitest'
import { listProjectFiles, readProjectFile } from '../../support/project-files.ts'

const text = readProjectFile('docs/PROTOCOLS.md')

function sourcesOf(folder: string): string {
  return listProjectFiles(`${folder}/**/*.ts`).map(readProjectFile).join('\n')
}

/** What the first group of a pattern finds, each once. */
function findAll(source: string, pattern: RegExp): string[] {
  const found = [...new Set(Array.from(source.matchAll(pattern), (match) => match[1] ?? ''))]
  expect(found.length).toBeGreaterThan(0)
  return found
}

it('describes every protocol and topic', () => {
  const ids = findAll(sourcesOf('src/protocols'), /'(\/loremesh\/[\w./]+)'/g)
  for (const id of ids) expect(text).toContain(`\`${id}\``)
})

it('lists every tag of a digest', () => {
  const tags = findAll(sourcesOf('src'), /taggedDigest\('([\w-]+)'/g)
  for (const tag of tags) expect(text).toMatch(new RegExp(`^\\| \`${tag}\` +\\|`, 'm'))
})

it('lists every operation of the ledger with its code', () => {
  const [codes = ''] =
    /const codes = \{[^}]*\}/.exec(readProjectFile('src/domain/ledger/operation-codec.ts')) ?? []
  const operations = Array.from(codes.matchAll(/(\w+): (\d+)/g), ([, name = '', code = '']) => ({
    name,
    code,
  }))
  expect(operations.length).toBeGreaterThan(0)
  for (const { name, code } of operations) {
    expect(text).toMatch(new RegExp(`^\\| ${code} +\\| \`${name}\` +\\|`, 'm'))
  }
})

it('lists every error code, and no other', () => {
  const [list = ''] =
    /const errorCodes = \[[^\]]*\]/.exec(readProjectFile('src/domain/kernel/errors.ts')) ?? []
  const codes = findAll(list, /'([\w-]+)'/g)
  const section = text.slice(text.indexOf('## Errors'))
  expect(findAll(section, /^\| `([\w-]+)` +\|/gm)).toEqual(codes)
})

it('gives every error the HTTP status that the server answers', () => {
  const source = readProjectFile('signaling/http-errors.ts')
  const statuses = source.matchAll(/^ {2}'?([\w-]+)'?: (\d{3}),$/gm)
  for (const [, code = '', status = ''] of statuses) {
    expect(text).toMatch(new RegExp(`^\\| \`${code}\` +\\| ${status} +\\|`, 'm'))
  }
})
