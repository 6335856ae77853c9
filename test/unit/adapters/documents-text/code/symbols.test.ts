import { expect, test } from 'vitest'
import { createTextDocumentParser } from '../../../../../src/adapters/documents-text/text-document-parser.ts'

const parser = createTextDocumentParser()
async function symbols(
  path: string,
  code: string,
): Promise<(readonly [path: string, text: string, links: string])[]> {
  const { text, blocks } = await parser.parse({ path, bytes: new TextEncoder().encode(code) })
  return blocks.map(
    ({ start, end, headingPath, links }) =>
      [headingPath.join('.'), text.slice(start, end), links.join(' ')] as const,
  )
}
const body = (indent: string): string => `${indent}work(1, 2, 3)\n`.repeat(20)

test('a function is one block with its comments, under its name, and imports are links', async () => {
  const run = `/** Runs it. */\n// Twice.\nexport async function run() {\n${body('  ')}\n${body('  ')}}`
  const found = await symbols('a.ts', `import { a } from './a.ts'\n\nconst b = 1 // one\n${run}\n\nrun()\n`)
  expect(found).toEqual([
    ['', "import { a } from './a.ts'", './a.ts'],
    ['', 'const b = 1 // one', ''],
    ['run', run, ''],
    ['', 'run()', ''],
  ])
})

test('a class that is too long is taken apart into its methods, short ones together', async () => {
  const method = (name: string): string => `  /** Does ${name}. */\n  ${name}(): void {\n${body('    ')}  }`
  const code = `export class Box<T> extends Base {\n  size = 1\n\n${['a', 'b', 'c', 'd', 'e', 'f'].map(method).join('\n\n')}\n\n  get g() {\n    return 1\n  }\n}\n`
  const found = await symbols('box.ts', code)
  expect(found.map(([path]) => path)).toEqual([
    'Box',
    'Box.a',
    'Box.b',
    'Box.c',
    'Box.d',
    'Box.e',
    'Box.f',
    'Box',
  ])
  expect(found.find(([path]) => path === 'Box.a')?.[1]).toBe(method('a'))
})

test('a class that fits is kept whole', async () => {
  const code = `class Box {\n  a() {\n${body('    ')}  }\n}`
  expect(await symbols('box.js', code)).toEqual([['Box', code, '']])
})

test('what modules assign, components and types have names too', async () => {
  const commonJs = `exports.parse = function (text) {\n${body('  ')}}`
  expect((await symbols('a.cjs', commonJs))[0]?.[0]).toBe('exports.parse')
  const component = `export default function App() {\n  return <p>{1}</p>\n${body('  ')}}`
  expect((await symbols('a.tsx', component))[0]?.[0]).toBe('App')
  const type = `export interface Options {\n${'  readonly name: string\n'.repeat(20)}}`
  expect((await symbols('a.mts', type))[0]?.[0]).toBe('Options')
})

test('Python: decorated functions and methods, with comments above and docstrings', async () => {
  const method = (name: string): string =>
    `    # About ${name}.\n    @property\n    def ${name}(self):\n        """Gives it."""\n${body('        ').trimEnd()}`
  const code = `import os\nfrom . import tools\n\n\nclass Box:\n    """A box."""\n\n${['a', 'b', 'c', 'd', 'e', 'f'].map(method).join('\n\n')}\n`
  const found = await symbols('box.py', code)
  expect(found.map(([path]) => path)).toEqual([
    '',
    'Box',
    'Box.a',
    'Box.b',
    'Box.c',
    'Box.d',
    'Box.e',
    'Box.f',
  ])
  expect(found.find(([path]) => path === 'Box.a')?.[1]).toBe(method('a'))
  expect(found[0]?.[2]).toBe('os ./')
})

test('code that does not parse is read all the same', async () => {
  const found = await symbols('a.ts', `function ( {{{ \n${body('  ')}\nconst = = 1\n`)
  expect(found.map(([, text]) => text).join('\n')).toContain('const = = 1')
})
