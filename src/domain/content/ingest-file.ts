import type { ContextHash } from './context-hash.ts'
import type { Visibility } from './document.ts'

/** Bytes that are read when they are needed; a `Blob` is such a source. */
interface LazyBytes {
  readonly size: number
  arrayBuffer(): Promise<ArrayBuffer>
}

/** The bytes of a file, or where they are read from. */
export type FileBytes = Uint8Array | LazyBytes

/** A file that somebody adds: its path or name, and its bytes. */
export interface AddedFile {
  readonly path: string
  readonly bytes: FileBytes
}

/** How far a file that was added has come. */
export interface IngestFile {
  /** Greater than those of all files added before. */
  readonly id: number
  readonly path: string
  readonly sizeBytes: number
  readonly addedAtMs: number
  readonly state: 'queued' | 'reading' | 'indexing' | 'ready' | 'failed'
  /** How often reading it was begun without coming to an end. */
  readonly attempts: number
  /** Set once ready. */
  readonly documentHash?: ContextHash
  readonly contexts?: number
  /** How earlier versions were seen whose place it has taken; unset when there were none. */
  readonly replaced?: Visibility
  /** Why it failed and what to do; set when failed. */
  readonly reason?: string
}

/** True while a file waits or is worked on. */
export function isUnderWay({ state }: Pick<IngestFile, 'state'>): boolean {
  return state !== 'ready' && state !== 'failed'
}

/** Number of bytes of a file. */
export function sizeOf(bytes: FileBytes): number {
  return bytes instanceof Uint8Array ? bytes.length : bytes.size
}

/** All bytes of a file; rejects with what their source fails with. */
export async function readBytes(bytes: FileBytes): Promise<Uint8Array> {
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(await bytes.arrayBuffer())
}
