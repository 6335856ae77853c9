import { disguisedPdfBomb, docxBomb, gzipBomb, pdfBomb } from './hostile-files.ts'
import { makePdf } from './make-pdf.ts'

/** A file that can't be read, and the reason that has to be given for it. */
export interface BadFile {
  readonly path: string
  readonly reason: RegExp
  content(): Uint8Array | Promise<Uint8Array>
  /** More than the content has: zeros follow, which take no room on a disk. */
  readonly sizeBytes?: number
}

const text = (content: string) => (): Uint8Array => new TextEncoder().encode(content)
const bytes =
  (...content: readonly number[]) =>
  (): Uint8Array =>
    Uint8Array.from(content)

/** Everything that may be wrong with a file, once; each is made within milliseconds. */
export const BAD_FILES: readonly BadFile[] = [
  { path: 'empty.md', reason: /The file is empty/, content: text('') },
  { path: 'blank.txt', reason: /The file is empty/, content: text(' \n\t\n') },
  { path: 'binary.txt', reason: /The file is binary/, content: bytes(0x41, 0, 0xff, 0x42, 0) },
  { path: 'picture.png', reason: /“image”, which can’t be read/, content: bytes(0x89, 0x50, 0, 0) },
  { path: 'broken-utf8.md', reason: /not UTF-8/, content: bytes(0x23, 0x20, 0xc3, 0x28, 0x0a) },
  { path: 'utf-16.txt', reason: /UTF-16/, content: bytes(0xff, 0xfe, 0x41, 0) },
  { path: 'huge.txt', reason: /Larger than 10 MB/, content: text('a'), sizeBytes: 200_000_000 },
  { path: 'huge.pdf', reason: /Larger than 32 MB/, content: text('%PDF-1.7'), sizeBytes: 200_000_000 },
  { path: 'scripts.html', reason: /The page has no text/, content: text('<script>alert(1)</script>') },
  { path: 'no.pdf', reason: /does not begin as/, content: text('no PDF') },
  { path: 'broken.pdf', reason: /The PDF is broken/, content: text('%PDF-1.7\nnothing') },
  {
    path: 'encrypted.pdf',
    reason: /The PDF is encrypted/,
    content: () => makePdf((pdf) => pdf.text('secret'), { userPassword: 'x' }),
  },
  {
    path: 'drawing.pdf',
    reason: /no text, only pictures/,
    content: () => makePdf((pdf) => pdf.rect(9, 9, 9, 9)),
  },
  { path: 'bomb.pdf', reason: /unpacks to more than/, content: pdfBomb },
  { path: 'disguised-bomb.pdf', reason: /unpacks to more than/, content: disguisedPdfBomb },
  { path: 'bomb.docx', reason: /unpacks to more than/, content: () => docxBomb() },
  { path: 'lying-bomb.docx', reason: /unpacks to more than/, content: () => docxBomb(1_000) },
  { path: 'bomb.txt.gz', reason: /unpacks to more than/, content: gzipBomb },
  { path: 'broken.gz', reason: /can’t be unpacked/, content: bytes(0x1f, 0x8b, 8, 0, 1, 2, 3, 4) },
]
