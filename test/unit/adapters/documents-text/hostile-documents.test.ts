import { expect, test } from 'vitest'
import { createTextDocumentParser } from '../../../../src/adapters/documents-text/text-document-parser.ts'
import { MAX_CHUNK_BYTES } from '../../../../src/domain/content/chunk.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import { isLoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { makeContexts } from '../../../../src/domain/graph/make-contexts.ts'
import { createIdentity } from '../../../../src/domain/identity/identity.ts'

const parser = createTextDocumentParser()
const author = createIdentity(new Uint8Array(32).fill(5)).peerId

const fill = (unit: string, characters: number): string => unit.repeat(Math.ceil(characters / unit.length))
/** Lines that are not too long for the parsers of source code, in a file that is not either. */
const lines = (unit: string): string => fill(`${fill(unit, 900)}\n`, 190_000)
const growing = (line: (at: number) => string, characters: number): string => {
  let text = ''
  for (let at = 1; text.length < characters; at++) text += line(at)
  return text
}

/** Shapes on which parsers overflow their stack or take time that grows with the square of the length. */
const hostile: readonly (readonly [path: string, shape: string, text: string])[] = [
  ['line.md', 'ten megabytes in one line', fill('a', 9_900_000)],
  ['line.txt', 'ten megabytes of words in one line', fill('word ', 9_900_000)],
  ['line.js', 'ten megabytes of minified code', fill('a(b);', 9_900_000)],
  ['quotes.md', '100,000 nested quotes', `${fill('>', 100_000)} a`],
  ['lists.md', '100,000 nested lists', `${fill('- ', 200_000)}a`],
  ['numbers.md', '100,000 nested numbered lists', `${fill('1. ', 300_000)}a`],
  ['stairs.md', 'lists that nest line by line', growing((at) => `${' '.repeat(at * 2)}- a\n`, 130_000)],
  ['brackets.md', 'a megabyte of opening brackets', fill('[', 1_000_000)],
  ['balanced.md', 'brackets in brackets', fill('[', 65_000) + fill(']', 65_000)],
  ['links.md', 'links that never end', fill('[a](<b', 130_000)],
  ['images.md', 'pictures that never end', fill('![](', 9_000_000)],
  ['emphasis.md', 'emphasis that never ends', fill('*a **a _b ', 130_000)],
  ['ticks.md', 'code marks of growing length', growing((at) => `e${'`'.repeat(at)}`, 130_000)],
  ['definitions.md', 'definitions without end', fill('[a]: (\n', 130_000)],
  ['fence.md', 'an unclosed fence', `\`\`\`\n${fill('a\n', 9_000_000)}`],
  ['comment.md', 'unclosed comments', fill('</<!--', 130_000)],
  ['table.md', 'a table of 60,000 columns', `${fill('|a', 60_000)}\n${fill('|-', 60_000)}`],
  ['heading.md', 'a heading of a megabyte', `# ${fill('a *b _c [d](e ', 1_000_000)}`],
  ['yaml.md', 'front matter without end', `---\n${fill('tags: ', 1_000_000)}`],
  ['empty-lines.md', 'nine megabytes of empty lines', `${fill('\n', 9_000_000)}a`],
  ['divs.html', '100,000 nested elements', `${fill('<div>', 500_000)}a`],
  ['inline.html', '100,000 nested inline elements', `${fill('<b>', 300_000)}a`],
  ['just-below.html', '399 nested quotes', `${'<blockquote>'.repeat(399)}a`],
  ['sublists.html', '199 nested lists', `${'<ul><li>'.repeat(199)}a`],
  ['spaces.html', 'inline elements with spaces only', `${fill('<span> </span>', 300_000)}a`],
  ['anchors.html', 'empty links', `${fill('<a>', 100_000)}</a>${fill('<a></a>', 100_000)}a`],
  ['cells.html', 'a table that never ends', `<table>${fill('<tr><td>a<td>b', 100_000)}`],
  ['script.html', 'scripts that never end', `a${fill('<script>', 9_000_000)}`],
  ['tags.html', 'tags that never end', fill('a<', 9_000_000)],
  ['blanks.py', 'nine megabytes of indentation', `${fill(' ', 9_000_000)}a`],
  ['declarations.ts', 'short declarations', fill('let a=1\n\n', 190_000)],
  ['brackets.ts', 'opening brackets', lines('(')],
  ['classes.ts', 'classes that nest', lines('class A { a = ')],
  ['generics.ts', 'types that never end', lines('a<b,')],
  ['templates.js', 'templates that nest', lines('`${')],
  ['elements.tsx', 'elements that never end', lines('<a>')],
  ['regexps.js', 'regular expressions that never end', lines('/[')],
  ['defs.py', 'functions that nest', growing((at) => `${' '.repeat(at)}def f():\n`, 190_000)],
  ['lambdas.py', 'lambdas that never end', lines('lambda:(')],
  ['arrays.json', 'five million opening brackets', fill('[', 5_000_000)],
  ['nested.json', 'a million nested lists', fill('[', 1_000_000) + fill(']', 1_000_000)],
  ['objects.json', 'nine megabytes of empty objects', `[${fill('{},', 9_000_000)}{}]`],
  ['string.json', 'a string that never ends', `"${fill('\\"', 9_000_000)}`],
  ['escapes.json', 'nine megabytes of escapes', `["${fill('\\\\', 9_000_000)}"]`],
  ['comments.json', 'comments that never end', fill('/*', 5_000_000)],
  ['keys.json', 'keys of a megabyte', `{"${fill('a', 1_000_000)}": "${fill('b', 1_000_000)}"}`],
  ['quotes.csv', 'quotes that never end', fill('",', 9_000_001)],
  ['commas.csv', 'nine megabytes of commas', fill(',', 9_000_000)],
  [
    'columns.csv',
    'long rows below a long header',
    `${fill('name,', 3_900)}a\n${fill(`${fill('1,', 3_000)}\n`, 6_000_000)}`,
  ],
  ['rows.csv', 'four million rows', `a,b\n${fill('1\n', 8_000_000)}`],
  ['paragraphs.txt', 'three million paragraphs', fill('a\n\n', 9_900_000)],
  ['headings.md', 'two million headings', fill('# a\n', 9_900_000)],
  ['imports.go', 'imports that never end', `import (\n${fill('a ', 1_000_000)}`],
]

test.each(hostile)(
  '%s, %s, ends in contexts or a refusal in time',
  { timeout: 30_000 },
  async (path, _, text) => {
    const bytes = new TextEncoder().encode(text)
    try {
      const parsed = await parser.parse({ path, bytes })
      const made = makeContexts(parsed, { path, author, addedAtMs: 0, origin: 'own', visibility: 'private' })
      expect(made.contexts.length).toBeGreaterThan(0)
      for (const { sizeBytes } of made.contexts) expect(sizeBytes).toBeLessThanOrEqual(MAX_CHUNK_BYTES)
      expect(made.document.documentHash).toBe(hashText(parsed.text))
    } catch (error) {
      if (!isLoremeshError(error)) throw error
    }
  },
)
