import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Text of a file of the project, named from its root. */
export function readProjectFile(path: string): string {
  return readFileSync(resolve(root, path), 'utf8')
}

/** Paths of the project's files that fit a pattern, from its root, sorted. */
export function listProjectFiles(pattern: string): string[] {
  return globSync(pattern, { cwd: root }).sort()
}
