/**
 * What one file may take, so that a hostile one costs nothing but its refusal. With these caps the worker that reads
 * grows by at most 100 MB whatever it is given, which `npm run -s soak -- documents` measures.
 */
export const DOCUMENT_LIMITS = {
  /** Bytes of a text of any kind, unpacked: 10 MB are twenty novels, and what a reader makes of them fits the memory. */
  textBytes: 10_000_000,
  /** Bytes of a PDF, most of which are pictures, which are not read. */
  pdfBytes: 32_000_000,
  /** Bytes of a Word file, most of which are pictures, which are not read. */
  docxBytes: 32_000_000,
  /** Bytes of the texts in a Word file, unpacked: about 1 MB of plain text, since the markup weighs ten times as much. */
  docxUnpackedBytes: 8_000_000,
  /** Unpacked bytes of one stream of a PDF that is not a picture; the reader holds it in memory, twice for a moment. */
  pdfStreamBytes: 24_000_000,
  /** Unpacked bytes of all these streams together, which bounds the time. */
  pdfUnpackedBytes: 200_000_000,
  /** Pages of a PDF: the longest books have 2,000. */
  pdfPages: 2_000,
  /** Lines of a PDF: 100 on each of so many pages. */
  pdfLines: 200_000,
  /** Milliseconds of reading one file, after which its worker is ended. */
  readingMs: 30_000,
  /** Parts of a text that are told apart; what follows is told apart at about every 800 characters only. */
  blocks: 30_000,
} as const

/** Formats whose files have a cap of their own, by their extension. */
const bytesByExtension: ReadonlyMap<string, number> = new Map([
  ['pdf', DOCUMENT_LIMITS.pdfBytes],
  ['docx', DOCUMENT_LIMITS.docxBytes],
])

/** Largest file that is read under this name, in bytes; what is larger need not be opened. */
export function maxFileBytes(path: string): number {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  return bytesByExtension.get(extension) ?? DOCUMENT_LIMITS.textBytes
}
