/** A shape of text on which readers overflow their stack, or take time or memory that grows faster than the text. */
export interface HostileShape {
  readonly path: string
  readonly shape: string
  /** The text, as long as `share` of the longest that is worth trying: of the format's cap, or of its parser's. */
  text(share: number): string
}

const fill = (unit: string, characters: number): string => unit.repeat(Math.ceil(characters / unit.length))
/** Lines that are not too long for the parsers of source code. */
const lines = (unit: string, characters: number): string => fill(`${fill(unit, 900)}\n`, characters)
const growing = (line: (at: number) => string, characters: number): string => {
  let text = ''
  for (let at = 1; text.length < characters; at++) text += line(at)
  return text
}

/** Caps of parsers above which a text is read in a simpler way. */
const MARKDOWN = 130_000
const SOURCE = 115_000
/** Near the cap of a text's bytes. */
const WHOLE = 9_900_000
const MOST = 9_000_000
const HALF = 5_000_000
const MEGABYTE = 1_000_000

type Row = readonly [path: string, shape: string, text: (share: number) => string]

const rows: readonly Row[] = [
  ['line.md', 'one long line', (s) => fill('a', s * WHOLE)],
  ['line.txt', 'words in one line', (s) => fill('word ', s * WHOLE)],
  ['line.js', 'minified code', (s) => fill('a(b);', s * WHOLE)],
  ['quotes.md', 'nested quotes', (s) => `${fill('>', s * 100_000)} a`],
  ['lists.md', 'nested lists', (s) => `${fill('- ', s * 200_000)}a`],
  ['numbers.md', 'nested numbered lists', (s) => `${fill('1. ', s * 300_000)}a`],
  [
    'stairs.md',
    'lists that nest line by line',
    (s) => growing((at) => `${' '.repeat(at * 2)}- a\n`, s * MARKDOWN),
  ],
  ['brackets.md', 'opening brackets', (s) => fill('[', s * MEGABYTE)],
  [
    'balanced.md',
    'brackets in brackets',
    (s) => fill('[', (s * MARKDOWN) / 2) + fill(']', (s * MARKDOWN) / 2),
  ],
  ['links.md', 'links that never end', (s) => fill('[a](<b', s * MARKDOWN)],
  ['images.md', 'pictures that never end', (s) => fill('![](', s * MOST)],
  ['emphasis.md', 'emphasis that never ends', (s) => fill('*a **a _b ', s * MARKDOWN)],
  ['ticks.md', 'code marks of growing length', (s) => growing((at) => `e${'`'.repeat(at)}`, s * MARKDOWN)],
  ['definitions.md', 'definitions without end', (s) => fill('[a]: (\n', s * MARKDOWN)],
  ['fence.md', 'an unclosed fence', (s) => `\`\`\`\n${fill('a\n', s * MOST)}`],
  ['comment.md', 'unclosed comments', (s) => fill('</<!--', s * MARKDOWN)],
  ['table.md', 'a table of many columns', (s) => `${fill('|a', s * 60_000)}\n${fill('|-', s * 60_000)}`],
  ['heading.md', 'a long heading', (s) => `# ${fill('a *b _c [d](e ', s * MEGABYTE)}`],
  ['headings.md', 'headings alone', (s) => fill('# a\n', s * WHOLE)],
  ['short.md', 'paragraphs as short as can be', (s) => fill('a\n\n', s * MARKDOWN)],
  ['yaml.md', 'front matter without end', (s) => `---\n${fill('tags: ', s * MEGABYTE)}`],
  ['empty-lines.md', 'empty lines', (s) => `${fill('\n', s * MOST)}a`],
  ['paragraphs.txt', 'the shortest paragraphs', (s) => fill('a\n\n', s * WHOLE)],
  ['divs.html', 'nested elements', (s) => `${fill('<div>', s * 500_000)}a`],
  ['inline.html', 'nested inline elements', (s) => `${fill('<b>', s * 300_000)}a`],
  ['just-below.html', '399 nested quotes', () => `${'<blockquote>'.repeat(399)}a`],
  ['sublists.html', '199 nested lists', () => `${'<ul><li>'.repeat(199)}a`],
  ['spaces.html', 'inline elements with spaces only', (s) => `${fill('<span> </span>', s * 300_000)}a`],
  ['anchors.html', 'empty links', (s) => `${fill('<a>', s * 100_000)}</a>${fill('<a></a>', s * 100_000)}a`],
  ['cells.html', 'a table that never ends', (s) => `<table>${fill('<tr><td>a<td>b', s * 100_000)}`],
  ['elements.html', 'as many elements as are converted', (s) => fill('<p>a', s * 59_000)],
  ['page.html', 'more elements than are converted', () => fill('<p>a', MEGABYTE)],
  ['script.html', 'scripts that never end', (s) => `a${fill('<script>', s * MOST)}`],
  ['tags.html', 'tags that never end', (s) => fill('a<', s * MOST)],
  ['blanks.py', 'indentation alone', (s) => `${fill(' ', s * MOST)}a`],
  ['declarations.ts', 'short declarations', (s) => fill('let a=1\n\n', s * SOURCE)],
  ['brackets.ts', 'opening brackets', (s) => lines('(', s * SOURCE)],
  ['classes.ts', 'classes that nest', (s) => lines('class A { a = ', s * SOURCE)],
  ['generics.ts', 'types that never end', (s) => lines('a<b,', s * SOURCE)],
  ['templates.js', 'templates that nest', (s) => lines('`${', s * SOURCE)],
  ['elements.tsx', 'elements that never end', (s) => lines('<a>', s * SOURCE)],
  ['regexps.js', 'regular expressions that never end', (s) => lines('/[', s * SOURCE)],
  ['defs.py', 'functions that nest', (s) => growing((at) => `${' '.repeat(at)}def f():\n`, s * SOURCE)],
  ['lambdas.py', 'lambdas that never end', (s) => lines('lambda:(', s * SOURCE)],
  ['arrays.json', 'opening brackets', (s) => fill('[', s * HALF)],
  ['nested.json', 'nested lists', (s) => fill('[', s * MEGABYTE) + fill(']', s * MEGABYTE)],
  ['objects.json', 'empty objects', (s) => `[${fill('{},', s * MOST)}{}]`],
  ['string.json', 'a string that never ends', (s) => `"${fill('\\"', s * MOST)}`],
  ['escapes.json', 'escapes alone', (s) => `["${fill('\\\\', s * MOST)}"]`],
  ['comments.json', 'comments that never end', (s) => fill('/*', s * HALF)],
  ['keys.json', 'long keys', (s) => `{"${fill('a', s * MEGABYTE)}": "${fill('b', s * MEGABYTE)}"}`],
  ['quotes.csv', 'quotes that never end', (s) => fill('",', s * MOST)],
  ['commas.csv', 'commas alone', (s) => fill(',', s * MOST)],
  [
    'columns.csv',
    'long rows below a long header',
    (s) => `${fill('name,', 3_900)}a\n${fill(`${fill('1,', 3_000)}\n`, s * 6_000_000)}`,
  ],
  [
    'wide.csv',
    'short rows below a long header',
    (s) => `${fill('name,', 1_000)}a\n${fill('1\n', s * 8_000_000)}`,
  ],
  ['rows.csv', 'the shortest rows', (s) => `a,b\n${fill('1\n', s * 8_000_000)}`],
  ['imports.go', 'imports that never end', (s) => `import (\n${fill('a ', s * MEGABYTE)}`],
]

/** Every shape known. */
export const HOSTILE_SHAPES: readonly HostileShape[] = rows.map(([path, shape, text]) => ({
  path,
  shape,
  text,
}))
