import type { AddedFile } from '../../../domain/content/ingest-file.ts'
import { LoremeshError } from '../../../domain/kernel/errors.ts'

/** Files of an input, with their path inside a chosen folder. Hidden and dependency folders are left out. */
export function* filesOfList(list: Iterable<File>): Generator<AddedFile> {
  for (const file of list) {
    const path = file.webkitRelativePath === '' ? file.name : file.webkitRelativePath
    if (!isSkipped(path)) yield { path, bytes: file }
  }
}

/**
 * Files of a drop or paste, folders opened one after another as the files are taken; undefined when there are none. To be
 * called in the event's handler, before anything is awaited.
 */
export function filesOfTransfer(
  transfer: DataTransfer,
): AsyncIterable<AddedFile> | Iterable<AddedFile> | undefined {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  if (entries.length > 0) return filesOfEntries(entries)
  return transfer.files.length > 0 ? filesOfList([...transfer.files]) : undefined
}

/** Files and folders that nobody means when adding a folder. */
function isSkipped(path: string): boolean {
  return path.split('/').some((part, depth) => (depth > 0 && part.startsWith('.')) || part === 'node_modules')
}

async function* filesOfEntries(entries: readonly FileSystemEntry[]): AsyncGenerator<AddedFile> {
  for (const entry of entries) {
    const path = entry.fullPath.replace(/^\//, '')
    if (isSkipped(path)) continue
    if (entry.isFile) yield { path, bytes: await openFile(entry as FileSystemFileEntry) }
    else yield* filesOfFolder(entry as FileSystemDirectoryEntry)
  }
}

async function* filesOfFolder(folder: FileSystemDirectoryEntry): AsyncGenerator<AddedFile> {
  const reader = folder.createReader()
  for (;;) {
    const children = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (children.length === 0) return
    yield* filesOfEntries(children)
  }
}

/** A file that can't be opened fails by itself when it is read, and stops none of the others. */
async function openFile(entry: FileSystemFileEntry): Promise<AddedFile['bytes']> {
  try {
    return await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
  } catch (cause) {
    const failure = new LoremeshError('not-found', 'The file can’t be opened', 'Add it again', { cause })
    return { size: 0, arrayBuffer: () => Promise.reject(failure) }
  }
}
