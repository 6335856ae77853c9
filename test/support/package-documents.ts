import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const modules = resolve(import.meta.dirname, '../../node_modules')
const MIN_BYTES = 2_000
const MAX_BYTES = 200_000

/** Markdown documents of installed packages: real ones that nobody of this project wrote, each as path and text. */
export function readPackageDocuments(count: number): { readonly path: string; readonly text: string }[] {
  return listPackageDocuments(count).map((path) => ({
    path: path.slice(modules.length + 1),
    text: readFileSync(path, 'utf8'),
  }))
}

/** Absolute paths of the first `count` such documents in the order of their names, one a package. */
export function listPackageDocuments(count: number): string[] {
  const found: string[] = []
  for (const folder of packageFolders()) {
    if (found.length >= count) break
    const readme = readdirSync(folder).find((name) => /^readme\.md$/i.test(name))
    if (readme === undefined) continue
    const path = join(folder, readme)
    const { size } = statSync(path)
    if (size >= MIN_BYTES && size <= MAX_BYTES) found.push(path)
  }
  return found
}

function packageFolders(): string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(modules, name))
            .sort()
            .map((inner) => join(modules, name, inner))
        : [join(modules, name)],
    )
    .filter((path) => statSync(path).isDirectory())
}
