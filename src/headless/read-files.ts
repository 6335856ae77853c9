import type { Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddedFile } from '../domain/content/ingest-file.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'

const skippedFolders = new Set(['node_modules', 'dist', 'build', 'coverage'])

/**
 * Files of paths, found as they are taken and read later; folders in the order of their names, without hidden ones and
 * those that tools make. Throws `not-found` before the first file when one of the paths does not exist.
 */
export async function* readFiles(paths: readonly string[]): AsyncGenerator<AddedFile> {
  for (const path of paths) await lookUp(path)
  for (const path of paths) yield* filesAt(path)
}

async function lookUp(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (cause) {
    throw new LoremeshError('not-found', `There is no file or folder "${path}"`, 'Check the path', { cause })
  }
}

async function* filesAt(path: string): AsyncGenerator<AddedFile> {
  const found = await lookUp(path)
  if (!found.isDirectory()) {
    const arrayBuffer = async (): Promise<ArrayBuffer> => new Uint8Array(await readFile(path)).buffer
    yield { path, bytes: { size: found.size, arrayBuffer } }
    return
  }
  const entries = await readdir(path, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const skipped = entry.name.startsWith('.') || (entry.isDirectory() && skippedFolders.has(entry.name))
    if (!skipped && (entry.isDirectory() || entry.isFile())) yield* filesAt(join(path, entry.name))
  }
}
