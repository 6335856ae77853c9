import { LoremeshError } from '../../../domain/kernel/errors.ts'
import { unpacksTooLarge, unpackWithin } from '../unpack.ts'

/** One file in an archive, as the archive's directory has it (APPNOTE.TXT 4.3.12). */
interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly isEncrypted: boolean
  readonly packedBytes: number
  readonly unpackedBytes: number
  readonly headerAt: number
}

const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const HEADER_SIGNATURE = 0x04034b50
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff
const STORED = 0
const DEFLATED = 8
/** An office document has some dozens of files, one with many pictures some hundreds. */
const MAX_ENTRIES = 10_000

/**
 * Unpacks the files of a zip archive that are wanted. What they say about their sizes is added up first, and then what
 * really comes out; throws `bad-document` where either is more than `maxBytes`, or where the archive is broken.
 */
export async function unzip(
  archive: Uint8Array<ArrayBuffer>,
  isWanted: (name: string) => boolean,
  maxBytes: number,
): Promise<Map<string, Uint8Array>> {
  const wanted = readDirectory(archive).filter(({ name }) => isWanted(name))
  const declaredBytes = wanted.reduce((total, { unpackedBytes }) => total + unpackedBytes, 0)
  if (declaredBytes > maxBytes) throw unpacksTooLarge(maxBytes)
  const files = new Map<string, Uint8Array>()
  let leftBytes = maxBytes
  for (const entry of wanted) {
    const file = await unpackEntry(archive, entry, leftBytes)
    leftBytes -= file.length
    files.set(entry.name, file)
  }
  return files
}

async function unpackEntry(
  archive: Uint8Array<ArrayBuffer>,
  { method, isEncrypted, headerAt, packedBytes }: ZipEntry,
  maxBytes: number,
): Promise<Uint8Array> {
  const view = viewOf(archive)
  if (isEncrypted || headerAt + 30 > archive.length || view.getUint32(headerAt, true) !== HEADER_SIGNATURE) {
    throw brokenArchive()
  }
  const start = headerAt + 30 + view.getUint16(headerAt + 26, true) + view.getUint16(headerAt + 28, true)
  const packed = archive.subarray(start, start + packedBytes)
  if (packed.length < packedBytes) throw brokenArchive()
  if (method === DEFLATED) return unpackWithin(packed, 'deflate-raw', maxBytes)
  if (method !== STORED) throw brokenArchive()
  if (packedBytes > maxBytes) throw unpacksTooLarge(maxBytes)
  return packed
}

function readDirectory(archive: Uint8Array): ZipEntry[] {
  const view = viewOf(archive)
  const endAt = findEnd(view)
  const count = view.getUint16(endAt + 10, true)
  if (count > MAX_ENTRIES) throw brokenArchive()
  const entries: ZipEntry[] = []
  let at = view.getUint32(endAt + 16, true)
  for (let read = 0; read < count; read++) {
    if (at + 46 > endAt || view.getUint32(at, true) !== ENTRY_SIGNATURE) throw brokenArchive()
    const nameBytes = view.getUint16(at + 28, true)
    entries.push({
      name: new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameBytes)),
      method: view.getUint16(at + 10, true),
      isEncrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      packedBytes: view.getUint32(at + 20, true),
      unpackedBytes: view.getUint32(at + 24, true),
      headerAt: view.getUint32(at + 42, true),
    })
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return entries
}

/** Where the record at the end begins; before it there may be anything, behind it a comment. */
function findEnd(view: DataView): number {
  const earliest = Math.max(0, view.byteLength - END_BYTES - MAX_COMMENT_BYTES)
  for (let at = view.byteLength - END_BYTES; at >= earliest; at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at
  }
  throw brokenArchive()
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function brokenArchive(): LoremeshError {
  return new LoremeshError('bad-document', 'The file is broken: its parts can’t be found', 'Save it again')
}
