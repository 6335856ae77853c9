import { gzipSync, zlibSync, zipSync } from 'fflate'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A PDF of one page whose content is given as it lies in the file, with the dictionary entries that describe it. */
export function rawPdf(content: Uint8Array, dictionary: string): Uint8Array<ArrayBuffer> {
  const objects = [
    encode('1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n'),
    encode('2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n'),
    encode(
      '3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>\nendobj\n',
    ),
    concat([
      encode(`4 0 obj\n<< /Length ${content.length} ${dictionary} >>\nstream\n`),
      content,
      encode('\nendstream\nendobj\n'),
    ]),
    encode('5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n'),
  ]
  const head = encode('%PDF-1.7\n')
  let at = head.length
  const offsets = objects.map((object) => {
    const offset = at
    at += object.length
    return offset
  })
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const tail = `xref\n0 6\n0000000000 65535 f \n${rows}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`
  return concat([head, ...objects, encode(tail)])
}

/** Content that shows a line of text. */
export const helloContent = encode('BT /F1 12 Tf 50 700 Td (Hello from a page) Tj ET')

/** Many megabytes of spaces, packed to a thousandth. */
function spaces(megabytes: number): Uint8Array {
  return new Uint8Array(megabytes * 1_000_000).fill(0x20)
}

/** A small PDF whose page unpacks to 40 MB. */
export function pdfBomb(): Uint8Array<ArrayBuffer> {
  return rawPdf(zlibSync(spaces(40), { level: 9 }), '/Filter /FlateDecode')
}

/** The same, packed twice, the names of its filters written in another way. */
export function disguisedPdfBomb(): Uint8Array<ArrayBuffer> {
  const packed = zlibSync(zlibSync(spaces(40), { level: 9 }), { level: 9 })
  return rawPdf(packed, '/Filter [/#46lateDecode /Fl#61teDecode]')
}

/** A small gzip file that unpacks to 40 MB. */
export function gzipBomb(): Uint8Array<ArrayBuffer> {
  return gzipSync(spaces(40), { level: 9 })
}

/** A Word file whose text unpacks to 40 MB. With `declaredBytes` it claims to be that small. */
export function docxBomb(declaredBytes?: number): Uint8Array<ArrayBuffer> {
  const archive = zipSync({ 'word/document.xml': spaces(40) })
  if (declaredBytes !== undefined) {
    const view = new DataView(archive.buffer)
    const directoryAt = view.getUint32(archive.length - 6, true)
    view.setUint32(22, declaredBytes, true)
    view.setUint32(directoryAt + 24, declaredBytes, true)
  }
  return archive
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
