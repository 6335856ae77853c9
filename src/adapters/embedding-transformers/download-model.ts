import { bytesToHexText } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { ByteProgress } from '../../ports/embedding-models.ts'
import { partCount, partName, PART_BYTES, readKeptFile, storedBytes, writeKeptRecord } from './kept-model.ts'
import { openAddress, type Fetch } from './open-address.ts'
import type { ModelFiles } from './model-files.ts'
import { modelSizeBytes, type ModelFile, type ModelRecord } from './model-record.ts'

/**
 * Gets the files of a model that are not kept yet, part by part, each from where it broke off, and checks them against
 * their hashes; gives the record with all hashes. Throws `not-connected`, `not-found`, `bad-content`, `storage-full`,
 * `aborted`; what came by then stays, except a file that is not what was announced.
 */
export async function downloadModel(
  record: ModelRecord,
  { kept, fetch }: { readonly kept: ModelFiles; readonly fetch: Fetch },
  onProgress: (progress: ByteProgress) => void,
  signal: AbortSignal,
): Promise<ModelRecord> {
  const totalBytes = modelSizeBytes(record)
  const names = new Set(await kept.names())
  let receivedBytes = storedBytes(record, names)
  onProgress({ receivedBytes, totalBytes })
  await writeKeptRecord(kept, record)
  const files: ModelFile[] = []
  for (const file of record.files) {
    const first = firstMissingPart(record, file, names)
    if (first < partCount(file)) {
      await receiveParts(record, file, first, { kept, fetch, signal }, (partBytes) => {
        receivedBytes += partBytes
        onProgress({ receivedBytes: Math.min(receivedBytes, totalBytes), totalBytes })
      })
    }
    files.push(await checkFile(record, file, kept))
  }
  const complete = { ...record, files, isComplete: true }
  await writeKeptRecord(kept, complete)
  return complete
}

function firstMissingPart(record: ModelRecord, file: ModelFile, names: ReadonlySet<string>): number {
  let part = 0
  while (part < partCount(file) && names.has(partName(record, file, part))) part++
  return part
}

/** Keeps what comes from part `first` on; a server that knows no ranges sends the parts before it once more. */
async function receiveParts(
  record: ModelRecord,
  file: ModelFile,
  first: number,
  { kept, fetch, signal }: { readonly kept: ModelFiles; readonly fetch: Fetch; readonly signal: AbortSignal },
  onReceived: (bytes: number) => void,
): Promise<void> {
  const startByte = first * PART_BYTES
  const answer = await openAddress(
    fetch,
    record.folder + file.path,
    startByte > 0 ? { range: `bytes=${startByte}-` } : {},
    signal,
  )
  let part = answer.isPartial ? first : 0
  let filled = 0
  let buffer = newPart(file, part)
  for await (const chunk of answer.chunks()) {
    let at = 0
    while (at < chunk.length) {
      if (part >= partCount(file)) throw notAsAnnounced(record, file)
      const piece = chunk.subarray(at, at + buffer.length - filled)
      buffer.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (part >= first) onReceived(piece.length)
      if (filled < buffer.length) continue
      await kept.write(partName(record, file, part), buffer)
      part++
      filled = 0
      buffer = newPart(file, part)
    }
  }
  if (part < partCount(file)) {
    throw new LoremeshError(
      'not-connected',
      `The connection broke while ${file.path} came`,
      'Continue the download',
    )
  }
}

function newPart({ sizeBytes }: ModelFile, part: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Math.max(0, Math.min(PART_BYTES, sizeBytes - part * PART_BYTES)))
}

/** The file with its hash; throws `bad-content` and forgets it when it is another one than announced. */
async function checkFile(record: ModelRecord, file: ModelFile, kept: ModelFiles): Promise<ModelFile> {
  const bytes = await readKeptFile(kept, record, file)
  const sha256 = bytesToHexText(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  if (file.sha256 !== null && file.sha256 !== sha256) {
    for (let part = 0; part < partCount(file); part++) await kept.remove(partName(record, file, part))
    throw notAsAnnounced(record, file)
  }
  return { ...file, sha256 }
}

function notAsAnnounced({ name }: ModelRecord, { path }: ModelFile): LoremeshError {
  return new LoremeshError(
    'bad-content',
    `The file ${path} of ${name} is not what was announced`,
    'Try again, or choose another model',
  )
}
