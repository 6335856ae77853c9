import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listProjectFiles, readProjectFile } from '../../support/project-files.ts'

const root = resolve(import.meta.dirname, '../../..')
const documents = ['README.md', 'CONTRIBUTING.md', ...listProjectFiles('docs/**/*.md')]

/** Targets of the links and pictures of a document that lead to files. */
function fileTargets(markdown: string): string[] {
  const targets = Array.from(markdown.matchAll(/\]\(([^)\s]+)\)/g), (match) => match[1] ?? '')
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** A heading's place as hosts of Markdown name it. */
function headingAnchors(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe.each(documents)('%s', (document) => {
  const markdown = readProjectFile(document)

  it('links to files and headings that exist', () => {
    for (const target of fileTargets(markdown)) {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? document : join(dirname(document), path)
      expect(existsSync(join(root, file)), `${target} in ${document}`).toBe(true)
      if (anchor !== undefined) expect(headingAnchors(readProjectFile(file))).toContain(anchor)
    }
  })

  it('names only files of the project that exist', () => {
    const named = markdown.matchAll(/`((?:src|signaling|test|tools|bench|content)\/[\w./-]*\w)`/g)
    for (const [, path = ''] of named)
      expect(existsSync(join(root, path)), `${path} in ${document}`).toBe(true)
  })
})

it('every decision is in the index under its title', () => {
  const index = readProjectFile('docs/decisions/README.md')
  const decisions = listProjectFiles('docs/decisions/0*.md')
  expect(decisions.length).toBeGreaterThan(0)
  for (const path of decisions) {
    const [, number, title] = /^# (\d{4}) · (.*)$/m.exec(readProjectFile(path)) ?? []
    const row = index.split('\n').find((line) => line.includes(`(${path.split('/').at(-1) ?? ''})`))
    expect(row).toContain(`[${number ?? ''}]`)
    expect(row).toContain(title)
  }
})
