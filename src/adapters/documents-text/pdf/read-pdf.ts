import { getDocument, PDFWorker, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { DOCUMENT_LIMITS } from '../../../domain/content/document-limits.ts'
import { LoremeshError } from '../../../domain/kernel/errors.ts'
import { createPdfLines, type PdfLine, type PdfLines, type TextRun } from './pdf-lines.ts'
import { disarmStreams, saysEncrypted } from './pdf-streams.ts'

/** Starts the thread in which pdf.js takes PDFs apart. */
export type StartPdfEngine = () => Worker

/** The lines of a PDF, and the title that it gives itself or an empty text. */
export interface PdfText {
  readonly title: string
  readonly lines: readonly PdfLine[]
}

/**
 * Reads the text of a PDF with pdf.js, which evaluates nothing and loads nothing here: no fonts, no character maps, no
 * pictures. Text in Chinese, Japanese or Korean whose font relies on Adobe's character maps is therefore missing. Changes
 * the given bytes. Without `startEngine`, pdf.js works in this thread. Throws `bad-document`.
 */
export async function readPdf(
  bytes: Uint8Array<ArrayBuffer>,
  startEngine?: StartPdfEngine,
): Promise<PdfText> {
  if (saysEncrypted(bytes)) throw encrypted()
  await disarmStreams(bytes)
  const engine = startEngine?.()
  const worker = engine === undefined ? undefined : PDFWorker.create({ port: engine })
  const task = getDocument({
    data: bytes,
    ...(worker === undefined ? {} : { worker }),
    verbosity: 0,
    disableFontFace: true,
    useSystemFonts: false,
    useWasm: false,
    useWorkerFetch: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    disableWorkerRendering: true,
  })
  try {
    return await readText(await task.promise)
  } catch (error) {
    throw toRefusal(error)
  } finally {
    await task.destroy().catch(() => undefined)
    worker?.destroy()
    engine?.terminate()
  }
}

async function readText(document: PDFDocumentProxy): Promise<PdfText> {
  const { pdfPages } = DOCUMENT_LIMITS
  if (document.numPages > pdfPages) {
    throw new LoremeshError(
      'bad-document',
      `The PDF has ${document.numPages} pages, and ${pdfPages} is the limit`,
      'Split it into parts',
    )
  }
  const info = (await document.getMetadata()).info as {
    readonly Title?: unknown
    readonly EncryptFilterName?: unknown
  }
  if (typeof info.EncryptFilterName === 'string') throw encrypted()
  const lines = createPdfLines()
  for (let page = 1; page <= document.numPages; page++) await readPage(document, page, lines)
  const found = lines.finish()
  if (found.length === 0) {
    throw new LoremeshError(
      'bad-document',
      'The PDF has no text, only pictures of it',
      'Let a program for text recognition (OCR) read it, and add what that gives',
    )
  }
  return { title: typeof info.Title === 'string' ? info.Title : '', lines: found }
}

/** What of a page comes at once; marks of its structure stand among the runs. */
interface TextPart {
  readonly items: readonly (TextRun | { readonly type: string })[]
}

/** Adds the lines of a page, as they stream in: a hostile page has more text than memory. */
async function readPage(document: PDFDocumentProxy, number: number, lines: PdfLines): Promise<void> {
  const page = await document.getPage(number)
  lines.startPage(number)
  const reader = (page.streamTextContent() as ReadableStream<TextPart>).getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (const item of part.value.items) if ('str' in item) lines.add(item)
      const size = lines.size()
      if (size.characters > DOCUMENT_LIMITS.textBytes || size.lines > DOCUMENT_LIMITS.pdfLines)
        throw tooMuchText()
    }
  } finally {
    await reader.cancel().catch(() => undefined)
    page.cleanup()
  }
}

function tooMuchText(): LoremeshError {
  const { pdfLines, textBytes } = DOCUMENT_LIMITS
  return new LoremeshError(
    'bad-document',
    `The PDF has more than ${textBytes / 1_000_000} MB of text or ${pdfLines} lines`,
    'Split it into parts',
  )
}

function encrypted(): LoremeshError {
  return new LoremeshError('bad-document', 'The PDF is encrypted', 'Save a copy of it without protection')
}

function toRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LoremeshError) return error
  if (error.name === 'PasswordException') return encrypted()
  return new LoremeshError(
    'bad-document',
    'The PDF is broken',
    'Open it in a PDF program, and save it again',
    {
      cause: error,
    },
  )
}
