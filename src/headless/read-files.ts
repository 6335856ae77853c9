import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { SourceFile } from '../ports/document-parser.ts'

const skippedFolders = new Set(['node_modules', '.git', 'dist', 'build', 'coverage'])

/** Files of paths, folders read whole in the order of their names; throws `not-found`. */
export async function readFiles(paths: readonly string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  for (const path of paths) await collect(path, files)
  return files
}

async function collect(path: string, files: SourceFile[]): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new LoremeshError('not-found', `There is no file or folder "${path}"`, 'Check the path', { cause })
  })
  if (!found.isDirectory()) {
    files.push({ path, bytes: new Uint8Array(await readFile(path)) })
    return
  }
  const entries = await readdir(path, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const skipped = entry.name.startsWith('.') || (entry.isDirectory() && skippedFolders.has(entry.name))
    if (!skipped && (entry.isDirectory() || entry.isFile())) await collect(join(path, entry.name), files)
  }
}
