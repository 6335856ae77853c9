import type { FileBytes, IngestFile } from '../domain/content/ingest-file.ts'

/** A file to be queued. */
export interface NewIngestFile {
  readonly record: Omit<IngestFile, 'id'>
  /** Null for one that is refused at once, of which only the record is kept. */
  readonly bytes: FileBytes | null
}

/** The files that were added and what became of each, kept with their bytes until they are ready. Every method is one transaction. */
export interface IngestQueue {
  /** Appends files, all or none; gives their records in order. Throws `storage-full`, or what a source of bytes fails with. */
  add(files: readonly NewIngestFile[]): Promise<readonly IngestFile[]>
  /** All records, in the order of adding. */
  list(): Promise<readonly IngestFile[]>
  /** Replaces the record of a file, if it is there still; one that is ready loses its bytes. */
  update(file: IngestFile): Promise<void>
  /** The bytes of a file; undefined when there are none. Large ones may be read only when they are asked for. */
  bytesOf(id: number): Promise<FileBytes | undefined>
  /** Removes files and their bytes; quiet about what is not there. */
  remove(ids: readonly number[]): Promise<void>
  close(): Promise<void>
}
