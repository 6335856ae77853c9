import type { DocumentKind } from '../../domain/content/document.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Outline } from './block-builder.ts'
import { outlineCode } from './code/code-outline.ts'
import { readTable } from './data/csv-outline.ts'
import { outlineJson } from './data/json-outline.ts'
import type { FileFormat } from './file-format.ts'
import { readFrontMatter } from './front-matter.ts'
import { htmlToMarkdown } from './html-to-markdown.ts'
import { outlinePlainText } from './line-outline.ts'
import { outlineMarkdown } from './markdown-outline.ts'
import { outlineSource } from './source-outline.ts'

/** What reading a file in one format gives; titles and tags may be empty. */
export interface Reading {
  readonly kind: DocumentKind
  readonly language: string
  /** The text to which the outline's offsets refer. */
  readonly text: string
  readonly outline: Outline
  /** A title that the document gives itself, which counts more than its headings. */
  readonly ownTitle: string
  /** A title that counts less than a heading of the first level. */
  readonly pageTitle: string
  readonly ownTags: readonly string[]
}

/** Reads a text in its format. Throws `bad-document` for a page without text. */
export async function readText(text: string, path: string, format: FileFormat): Promise<Reading> {
  const untitled = { ...format, text, ownTitle: '', pageTitle: '', ownTags: [] }
  switch (format.kind) {
    case 'markdown':
      return { ...untitled, ...readMarkdown(text) }
    case 'html':
      return { ...untitled, ...readHtml(text) }
    case 'source':
      return { ...untitled, outline: await outlineCode(text, path, format.language) }
    case 'json':
      return { ...untitled, outline: outlineJson(text) ?? outlineSource(text, 'json') }
    case 'csv':
      return { ...untitled, ...readTable(text) }
    case 'text':
      return { ...untitled, outline: outlinePlainText(text) }
  }
}

/** Front matter stays in the text, as a heading without a name: it goes with what follows it. */
function readMarkdown(text: string): Pick<Reading, 'outline' | 'ownTitle' | 'ownTags'> {
  const { title, tags, end } = readFrontMatter(text)
  const outline = outlineMarkdown(text, end)
  const frontMatter = { start: 0, end, kind: 'heading', headingPath: [], links: [] } as const
  const blocks = end === 0 ? outline.blocks : [frontMatter, ...outline.blocks]
  return { outline: { ...outline, blocks }, ownTitle: title, ownTags: tags }
}

function readHtml(html: string): Pick<Reading, 'text' | 'outline' | 'pageTitle'> {
  const { title, markdown, structured } = htmlToMarkdown(html)
  if (markdown.trim() === '') {
    throw new LoremeshError(
      'bad-document',
      'The page has no text',
      'Pages that scripts build are empty when saved: copy their text and paste it',
    )
  }
  const outline = structured ? outlineMarkdown(markdown) : outlinePlainText(markdown)
  return { text: markdown, outline, pageTitle: title }
}
