import { DOCUMENT_LIMITS } from '../../../domain/content/document-limits.ts'
import { MAX_EXPANSION, unpack, unpacksTooLarge } from '../unpack.ts'

/** What one byte may unpack to under a filter at most; any other filter makes bytes fewer (ISO 32000-1, 7.4). */
const expansions: readonly (readonly [RegExp, number])[] = [
  [/\/(?:FlateDecode|Fl)\b/g, MAX_EXPANSION],
  [/\/(?:LZWDecode|LZW)\b/g, 2_560],
  [/\/(?:RunLengthDecode|RL)\b/g, 64],
]
/** A dictionary is looked for in so many bytes before its stream. */
const MAX_DICTIONARY_BYTES = 2_048
const STREAM = 'stream'
const END = 'endstream'

/** A stream as it lies in the file. */
interface PdfStream {
  /** What stands before it since the object began. */
  readonly dictionary: string
  readonly start: number
  /** Where the mark of its end stands. */
  readonly mark: number
  /** The furthest place up to which a reader takes it. */
  readonly reach: number
}

/**
 * Makes a PDF safe to hand to a reader that unpacks whole streams into memory: throws `bad-document` when one that is not
 * a picture unpacks to more than `DOCUMENT_LIMITS.pdfStreamBytes`, or all together to more than `pdfUnpackedBytes`.
 * Pictures, which no reader of text needs, are blanked in place, so nothing can hide in them.
 */
export async function disarmStreams(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const { pdfStreamBytes, pdfUnpackedBytes } = DOCUMENT_LIMITS
  let totalBytes = 0
  for (const stream of pdfStreams(bytes)) {
    if (/\/Subtype\s*\/Image\b/.test(stream.dictionary)) {
      bytes.fill(0, stream.start, stream.mark)
    } else {
      totalBytes += await unpackedBytes(bytes, stream)
      if (totalBytes > pdfUnpackedBytes) throw unpacksTooLarge(pdfUnpackedBytes)
    }
  }

  /** At most how many bytes a stream unpacks to; measured only where it could be too many. */
  async function unpackedBytes(file: Uint8Array<ArrayBuffer>, stream: PdfStream): Promise<number> {
    const isPacked = isZlib(file, stream.start)
    const factor = Math.max(expansionOf(stream.dictionary), isPacked ? MAX_EXPANSION : 1)
    const packedBytes = stream.reach - stream.start
    if (packedBytes * factor <= pdfStreamBytes) return packedBytes
    if (factor === 1) return packedBytes
    if (!isPacked) throw unpacksTooLarge(pdfStreamBytes)
    let measuredBytes = 0
    const packed = file.subarray(stream.start, stream.reach)
    const unpacking = await unpack(packed, 'deflate', pdfStreamBytes, (part) => {
      measuredBytes += part.length
    })
    const remaining = factor / MAX_EXPANSION
    if (unpacking === 'too-large' || (remaining > 1 && measuredBytes * remaining > pdfStreamBytes)) {
      throw unpacksTooLarge(pdfStreamBytes)
    }
    return measuredBytes
  }
}

/** True when a PDF says that it is encrypted; its streams can't be checked then. */
export function saysEncrypted(bytes: Uint8Array): boolean {
  for (let at = indexOfText(bytes, '/Encrypt', 0); at !== -1; at = indexOfText(bytes, '/Encrypt', at + 1)) {
    if (/^\/Encrypt\s*(?:\d+\s+\d+\s+R|<<)/.test(latin1(bytes, at, at + 40))) return true
  }
  return false
}

function* pdfStreams(bytes: Uint8Array): Generator<PdfStream> {
  let at = indexOfText(bytes, STREAM, 0)
  while (at !== -1) {
    const afterWord = at + STREAM.length
    const isEnd = latin1(bytes, at - 3, at) === 'end'
    if (!isEnd) {
      const before = latin1(bytes, at - MAX_DICTIONARY_BYTES, at)
      const dictionary = before.slice(before.lastIndexOf(' obj') + 1)
      const start = afterWord + (/^\r?\n|^\r/.exec(latin1(bytes, afterWord, afterWord + 2))?.[0].length ?? 0)
      const found = indexOfText(bytes, END, start)
      const mark = found === -1 ? bytes.length : found
      const length = /\/Length\s+(\d{1,10})(?!\d|\s+\d+\s+R)/.exec(dictionary)?.[1]
      const reach = length === undefined ? bytes.length : Math.max(mark, start + Number(length))
      yield { dictionary, start, mark, reach: Math.min(reach, bytes.length) }
    }
    at = indexOfText(bytes, STREAM, afterWord)
  }
}

/** How many times larger the filters of a stream can make it; names that are written in another way count as the worst. */
function expansionOf(dictionary: string): number {
  if (/#|\/Filter\s+\d/.test(dictionary)) return MAX_EXPANSION * MAX_EXPANSION
  const filters = /\/Filter\s*(\[[^\]]*\]|\/\w+)/.exec(dictionary)?.[1] ?? ''
  let factor = 1
  for (const [name, expansion] of expansions) factor *= expansion ** [...filters.matchAll(name)].length
  return factor
}

/** True for the two bytes that a zlib stream begins with (RFC 1950, 2.2). */
function isZlib(bytes: Uint8Array, at: number): boolean {
  const [method = 0, flags = 1] = bytes.subarray(at, at + 2)
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0
}

/** Where a text of ASCII characters occurs from an offset on, or -1. */
function indexOfText(bytes: Uint8Array, text: string, from: number): number {
  const codes = Array.from(text, (character) => character.charCodeAt(0))
  const [first = 0] = codes
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (codes.every((code, offset) => bytes[at + offset] === code)) return at
  }
  return -1
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, from), to))
}
