import { zipSync } from 'fflate'
import mammoth from 'mammoth'
import { DOCUMENT_LIMITS } from '../../../domain/content/document-limits.ts'
import { LoremeshError } from '../../../domain/kernel/errors.ts'
import { unzip } from './zip-archive.ts'

/** The parts with text and what they need to be understood; pictures, fonts, macros and embedded files stay packed. */
const TEXT_PART = /^(?:\[Content_Types\]\.xml|_rels\/\.rels|word\/[^/]+\.xml|word\/_rels\/[^/]+\.rels)$/
const MAIN_PART = /^word\/document\d*\.xml$/

/**
 * The text of a Word file (DOCX) as HTML: headings, paragraphs, lists, tables, links and notes, without pictures. Only
 * parts with text are unpacked, and handed on in an archive without compression. Throws `bad-document`.
 */
export async function docxToHtml(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const parts = await unzip(bytes, (name) => TEXT_PART.test(name), DOCUMENT_LIMITS.docxUnpackedBytes)
  if (![...parts.keys()].some((name) => MAIN_PART.test(name))) {
    throw new LoremeshError(
      'unsupported',
      'This is an archive, not a Word file',
      'Unpack it, and add what is in it',
    )
  }
  const archive = zipSync(Object.fromEntries(parts), { level: 0 })
  try {
    const input = { arrayBuffer: archive.buffer, buffer: archive }
    const { value } = await mammoth.convertToHtml(input, {
      convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })),
      externalFileAccess: false,
    })
    return value
  } catch (cause) {
    throw new LoremeshError('bad-document', 'The Word file is broken', 'Open it in Word, and save it again', {
      cause,
    })
  }
}
