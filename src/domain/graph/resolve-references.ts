import type { ContextHash } from '../content/context-hash.ts'
import type { DocumentRecord } from '../content/document.ts'
import { normalizePath } from './resolve-link.ts'

/** What links leave out: the ending of a module or page, and the name of a folder's first page. */
const LEFT_OUT =
  '.md .mdx .html .ts .tsx .js .jsx .mjs .py .go .rs .java /README.md /index.md /index.html /index.ts /index.js /__init__.py'.split(
    ' ',
  )

/**
 * The documents of the library that link targets (as `resolveLink` gives them) name, by path; targets that name none
 * are left out. An ending may be missing in the target, as in imports.
 */
export function resolveReferences(
  targets: Iterable<string>,
  documents: readonly Pick<DocumentRecord, 'path' | 'documentHash'>[],
): ReadonlyMap<string, ContextHash> {
  const hashesByPath = new Map(documents.map(({ path, documentHash }) => [normalizePath(path), documentHash]))
  const found = new Map<string, ContextHash>()
  for (const target of targets) {
    const path = ['', ...LEFT_OUT].map((ending) => target + ending).find((path) => hashesByPath.has(path))
    const hash = path === undefined ? undefined : hashesByPath.get(path)
    if (hash !== undefined) found.set(target, hash)
  }
  return found
}
