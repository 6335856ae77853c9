import type { FileProgress } from '../../../peer/peer.ts'

/** A file and the path that it has among the added ones. */
export interface NamedFile {
  readonly path: string
  readonly file: Blob
}

export interface ReadBatch {
  readonly readable: readonly { readonly path: string; readonly bytes: Uint8Array }[]
  readonly unreadable: readonly FileProgress[]
}

/** Larger files would be refused after reading them. */
const MAX_FILE_BYTES = 10_000_000
const BATCH_BYTES = 16 * 1024 * 1024
const BATCH_FILES = 64

/** Reads files in batches of at most 64 files and about 16 MB, naming those that can't be read with the reason. */
export async function* readFiles(files: readonly NamedFile[]): AsyncGenerator<ReadBatch> {
  let readable: { path: string; bytes: Uint8Array }[] = []
  let unreadable: FileProgress[] = []
  let sizeBytes = 0
  for (const { path, file } of files) {
    if (file.size > MAX_FILE_BYTES) {
      unreadable.push({
        path,
        state: 'failed',
        reason: 'Larger than 10 MB. Split the file and add its parts.',
      })
    } else {
      try {
        readable.push({ path, bytes: new Uint8Array(await file.arrayBuffer()) })
        sizeBytes += file.size
      } catch {
        unreadable.push({ path, state: 'failed', reason: 'The browser could not read it. Add it again.' })
      }
    }
    if (sizeBytes >= BATCH_BYTES || readable.length >= BATCH_FILES) {
      yield { readable, unreadable }
      readable = []
      unreadable = []
      sizeBytes = 0
    }
  }
  if (readable.length + unreadable.length > 0) yield { readable, unreadable }
}

/** Files of an input, with their path inside a chosen folder. Hidden and dependency folders are left out. */
export function filesOfList(list: Iterable<File>): NamedFile[] {
  return [...list]
    .map((file) => ({ path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file }))
    .filter(({ path }) => !isSkipped(path))
}

/** Files of a drop or paste, folders opened. Call it in the event's handler, before anything is awaited. */
export async function filesOfTransfer(transfer: DataTransfer): Promise<NamedFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  if (entries.length === 0) return filesOfList(transfer.files)
  const files: NamedFile[] = []
  for (const entry of entries) await collectEntry(entry, files)
  return files
}

/** Files and folders that nobody means when adding a folder. */
function isSkipped(path: string): boolean {
  return path.split('/').some((part, depth) => (depth > 0 && part.startsWith('.')) || part === 'node_modules')
}

async function collectEntry(entry: FileSystemEntry, files: NamedFile[]): Promise<void> {
  const path = entry.fullPath.replace(/^\//, '')
  if (isSkipped(path)) return
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    )
    files.push({ path, file })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const children = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (children.length === 0) return
    for (const child of children) await collectEntry(child, files)
  }
}
