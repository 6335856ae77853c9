import { DOCUMENT_LIMITS, maxFileBytes } from '../../domain/content/document-limits.ts'
import type { ParsedDocument } from '../../domain/content/document.ts'
import { toPrintable } from '../../domain/content/printable.ts'
import { normalizeTags } from '../../domain/content/tags.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { DocumentParser, SourceFile } from '../../ports/document-parser.ts'
import { coverText } from './cover-text.ts'
import { decodeText } from './decode-text.ts'
import { detectContainer, detectFormat } from './file-format.ts'
import { describedFolder, fileName, folderNames } from './file-path.ts'
import type { StartPdfEngine } from './pdf/read-pdf.ts'
import { readText, type Reading } from './read-text.ts'
import { unpackWithin } from './unpack.ts'

const MAX_TITLE_BYTES = 200

/** Titles that programs give, not people: names of files and programs. */
const MADE_UP_TITLE = /^(?:untitled|microsoft \w+ - .*|.*\.(?:docx?|rtf|tex|dvi|indd|qxd|pptx?|pages|odt))$/i

/** What a reader is made with. */
export interface ReaderOptions {
  /** Starts the thread in which PDFs are taken apart; without it this thread does it. */
  readonly startPdfEngine?: StartPdfEngine
}

/**
 * Reads PDF, DOCX, Markdown, plain text, HTML, JSON, CSV and source code, in any engine: it needs no DOM, runs nothing
 * and loads nothing. Only size, not time, is limited: hostile files belong into a worker that can be ended.
 */
export function createTextDocumentParser(options: ReaderOptions = {}): DocumentParser {
  return {
    async parse(file, signal) {
      if (signal?.aborted === true) throw new LoremeshError('aborted', 'Reading was stopped')
      return readDocument({ ...file, bytes: file.bytes.slice() }, options)
    },
    close: () => undefined,
  }
}

/** Reads one file, whose bytes may be changed; errors as `DocumentParser.parse` has them. */
export async function readDocument(file: OwnedFile, options: ReaderOptions = {}): Promise<ParsedDocument> {
  const { path, bytes } = file
  assertSize(path, bytes.length)
  const container = detectContainer(path, bytes)
  if (container === 'gzip') return readPacked(file)
  const reading = await read(file, container, options)
  const { outline, kind, language } = reading
  const ownTitle = reading.ownTitle || outline.mainHeading || reading.pageTitle
  const title = ownTitle || describedFolder(path) || outline.firstHeading || fileName(path)
  return {
    title: toPrintable(title, MAX_TITLE_BYTES),
    kind,
    language,
    tags: normalizeTags([language || kind, ...folderNames(path), ...reading.ownTags]),
    text: reading.text,
    blocks: coverText(reading.text, outline.blocks),
  }
}

/** A file whose bytes are nobody else's. */
export interface OwnedFile extends SourceFile {
  readonly bytes: Uint8Array<ArrayBuffer>
}

async function read(
  { path, bytes }: OwnedFile,
  container: 'pdf' | 'docx' | 'text',
  { startPdfEngine }: ReaderOptions,
): Promise<Reading> {
  switch (container) {
    case 'pdf': {
      const { readPdf } = await import('./pdf/read-pdf.ts')
      const { outlinePdf } = await import('./pdf/pdf-outline.ts')
      const { title, lines } = await readPdf(bytes, startPdfEngine)
      const ownTitle = MADE_UP_TITLE.test(title.trim()) ? '' : title.trim()
      return { ...outlinePdf(lines), kind: 'pdf', language: '', ownTitle, pageTitle: '', ownTags: [] }
    }
    case 'docx': {
      const { docxToHtml } = await import('./word/docx-to-html.ts')
      const html = await docxToHtml(bytes)
      return { ...(await readText(html, path, { kind: 'html', language: '' })), kind: 'docx' }
    }
    case 'text': {
      const text = decodeText(bytes)
      return readText(text, path, detectFormat(path, text))
    }
  }
}

/** Reads what is in a gzip file, which is a text and not packed again. */
async function readPacked({ path, bytes }: OwnedFile): Promise<ParsedDocument> {
  const inner = await unpackWithin(bytes, 'gzip', DOCUMENT_LIMITS.textBytes)
  const innerPath = path.replace(/\.gz$/i, '')
  if (detectContainer(innerPath, inner) !== 'text') {
    throw new LoremeshError(
      'unsupported',
      'This is a packed file that is no text',
      'Unpack it, and add what is in it',
    )
  }
  return readDocument({ path: innerPath, bytes: inner })
}

function assertSize(path: string, sizeBytes: number): void {
  const limit = maxFileBytes(path)
  if (sizeBytes <= limit) return
  throw new LoremeshError(
    'bad-document',
    `The file has ${(sizeBytes / 1_000_000).toFixed(1)} MB, and ${limit / 1_000_000} MB is the limit`,
    'Split it into parts',
  )
}
