import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { ModelFiles } from './model-files.ts'
import { parseModelRecord, type ModelFile, type ModelRecord } from './model-record.ts'

/** Files are kept in parts of this size, so that what came of one is not lost. */
export const PART_BYTES = 1024 * 1024

const RECORD_END = '#record'

/** Number of parts of a file. */
export function partCount({ sizeBytes }: ModelFile): number {
  return Math.ceil(sizeBytes / PART_BYTES)
}

/** The name under which a part of a file is kept. */
export function partName({ id, revision }: ModelRecord, { path }: ModelFile, part: number): string {
  return `${id}@${revision}/${path}#${part}`
}

/** Reads a whole file; throws `not-ready` when a part of it is missing, such as when the browser needed its room. */
export async function readKeptFile(
  kept: ModelFiles,
  record: ModelRecord,
  file: ModelFile,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(file.sizeBytes)
  for (let part = 0; part < partCount(file); part++) {
    const piece = await kept.read(partName(record, file, part))
    if (piece === undefined || part * PART_BYTES + piece.length > bytes.length) {
      throw new LoremeshError('not-ready', `${record.name} is not here any more`, 'Download it again')
    }
    bytes.set(piece, part * PART_BYTES)
  }
  return bytes
}

/** Bytes of a model that are kept, by whole parts. */
export function storedBytes(record: ModelRecord, names: ReadonlySet<string>): number {
  let stored = 0
  for (const file of record.files) {
    for (let part = 0; part < partCount(file); part++) {
      if (names.has(partName(record, file, part)))
        stored += Math.min(PART_BYTES, file.sizeBytes - part * PART_BYTES)
    }
  }
  return stored
}

/** The record of a model that was kept. */
export async function readKeptRecord(kept: ModelFiles, id: string): Promise<ModelRecord | undefined> {
  const bytes = await kept.read(id + RECORD_END)
  return bytes === undefined ? undefined : parseModelRecord(bytes)
}

export function writeKeptRecord(kept: ModelFiles, record: ModelRecord): Promise<void> {
  return kept.write(record.id + RECORD_END, new TextEncoder().encode(JSON.stringify(record)))
}

/** The records among `names`. */
export async function listKeptRecords(
  kept: ModelFiles,
  names: Iterable<string>,
): Promise<readonly ModelRecord[]> {
  const ids = [...names].flatMap((name) =>
    name.endsWith(RECORD_END) ? name.slice(0, -RECORD_END.length) : [],
  )
  const records = await Promise.all(ids.map((id) => readKeptRecord(kept, id)))
  return records.filter((record) => record !== undefined)
}

/** Forgets a model: its record first, so that no record speaks of files that are gone. */
export async function removeKeptModel(kept: ModelFiles, id: string): Promise<void> {
  await kept.remove(id + RECORD_END)
  for (const name of await kept.names()) if (name.startsWith(`${id}@`)) await kept.remove(name)
}
