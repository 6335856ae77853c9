import type { ParsedDocument } from '../../domain/content/document.ts'
import { toPrintable } from '../../domain/content/printable.ts'
import { normalizeTags } from '../../domain/content/tags.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { DocumentParser, SourceFile } from '../../ports/document-parser.ts'
import type { Outline } from './block-builder.ts'
import { coverText } from './cover-text.ts'
import { decodeText } from './decode-text.ts'
import { assertReadable, detectFormat, type FileFormat } from './file-format.ts'
import { fileName, folderNames } from './file-path.ts'
import { readFrontMatter } from './front-matter.ts'
import { htmlToMarkdown } from './html-to-markdown.ts'
import { outlinePlainText } from './line-outline.ts'
import { outlineMarkdown } from './markdown-outline.ts'
import { outlineSource } from './source-outline.ts'

const MAX_TITLE_BYTES = 200

/** What reading a text in one format gives; titles and tags may be empty. */
interface Reading {
  /** The text to which the outline's offsets refer. */
  readonly text: string
  readonly outline: Outline
  /** A title that the document gives itself, which counts more than its headings. */
  readonly ownTitle: string
  /** A title that counts less than a heading of the first level. */
  readonly pageTitle: string
  readonly ownTags: readonly string[]
}

/**
 * Reads Markdown, plain text, HTML and source code, in any engine: it needs no DOM, runs nothing and loads nothing.
 * Takes seconds at most even for hostile files of the largest size; in a tab it belongs into a worker.
 */
export function createTextDocumentParser(): DocumentParser {
  return {
    parse(file, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true) throw new LoremeshError('aborted', 'Reading was stopped')
        resolve(readDocument(file))
      })
    },
  }
}

/** Reads one file at once; errors as `DocumentParser.parse` has them. */
export function readDocument({ path, bytes }: SourceFile): ParsedDocument {
  assertReadable(path, bytes)
  const fileText = decodeText(bytes)
  const format = detectFormat(path, fileText)
  const { text, outline, ownTitle, pageTitle, ownTags } = readText(fileText, format)
  const title = ownTitle || outline.mainHeading || pageTitle || outline.firstHeading || fileName(path)
  const { kind, language } = format
  return {
    title: toPrintable(title, MAX_TITLE_BYTES),
    kind,
    language,
    tags: normalizeTags([language || kind, ...folderNames(path), ...ownTags]),
    text,
    blocks: coverText(text, outline.blocks),
  }
}

function readText(text: string, { kind, language }: FileFormat): Reading {
  const untitled = { text, ownTitle: '', pageTitle: '', ownTags: [] }
  switch (kind) {
    case 'markdown':
      return readMarkdown(text)
    case 'html':
      return readHtml(text)
    case 'source':
      return { ...untitled, outline: outlineSource(text, language) }
    case 'text':
      return { ...untitled, outline: outlinePlainText(text) }
  }
}

/** Front matter stays in the text, as a heading without a name: it goes with what follows it. */
function readMarkdown(text: string): Reading {
  const { title, tags, end } = readFrontMatter(text)
  const outline = outlineMarkdown(text, end)
  const frontMatter = { start: 0, end, kind: 'heading', headingPath: [], links: [] } as const
  const blocks = end === 0 ? outline.blocks : [frontMatter, ...outline.blocks]
  return { text, outline: { ...outline, blocks }, ownTitle: title, pageTitle: '', ownTags: tags }
}

function readHtml(html: string): Reading {
  const { title, markdown, structured } = htmlToMarkdown(html)
  if (markdown.trim() === '') {
    throw new LoremeshError(
      'bad-document',
      'The page has no text',
      'Pages that scripts build are empty when saved: copy their text and paste it',
    )
  }
  const outline = structured ? outlineMarkdown(markdown) : outlinePlainText(markdown)
  return { text: markdown, outline, ownTitle: '', pageTitle: title, ownTags: [] }
}
