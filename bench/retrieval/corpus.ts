import { globSync, readFileSync } from 'node:fs'
import { createTextDocumentParser } from '../../src/adapters/documents-text/text-document-parser.ts'
import { chunkDocument } from '../../src/domain/content/chunk.ts'
import { hashText, type ContextHash } from '../../src/domain/content/context-hash.ts'
import type { IndexedText } from '../../src/domain/retrieval/word-index.ts'

/** Files of an installed package; `version` and `licence` are those that its questions were judged for. */
export interface PackageFiles {
  readonly package: string
  readonly version: string
  readonly licence: string
  /** Glob patterns inside the package. */
  readonly files: readonly string[]
}

/**
 * What of a file is searched: the product's own passages, or those without what the questions were drawn from (comments
 * of source files, headings of documents).
 */
export type PassageView = 'whole' | 'without-comments' | 'without-headings'

/** A passage as the product would index it, and where it is from. */
export interface Passage extends IndexedText {
  /** Path below `node_modules`. */
  readonly file: string
  /** Headings above the passage, also where the index does not see them. */
  readonly judgedHeadings: readonly string[]
}

const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm
const HEADING_LINE = /^#{1,6} .*$/gm

/**
 * Passages of packages' files, parsed and split as the product does it; the same text twice is one passage. Throws when a
 * package is missing or has another version, for judgements are of one version.
 */
export async function readPassages(
  corpus: readonly PackageFiles[],
  view: PassageView,
): Promise<readonly Passage[]> {
  const parser = createTextDocumentParser()
  const passages = new Map<ContextHash, Passage>()
  for (const source of corpus) {
    for (const path of listFiles(source)) {
      const fileText = readFileSync(path, 'utf8')
      const bytes = Buffer.from(view === 'without-comments' ? fileText.replace(COMMENT, '') : fileText)
      const document = await parser.parse({ path, bytes })
      for (const chunk of chunkDocument(document)) {
        const text = view === 'without-headings' ? chunk.text.replace(HEADING_LINE, '').trim() : chunk.text
        const contextHash = hashText(text)
        if (text === '' || passages.has(contextHash)) continue
        passages.set(contextHash, {
          contextHash,
          file: fileBelowModules(path),
          title: document.title,
          headingPath: view === 'without-headings' ? [] : chunk.headingPath,
          judgedHeadings: chunk.headingPath,
          tags: document.tags,
          text,
        })
      }
    }
  }
  return [...passages.values()]
}

/** Paths of a package's files, sorted. Throws as `readPassages` does. */
export function listFiles({ package: name, version, files }: PackageFiles): readonly string[] {
  const folder = `node_modules/${name}`
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { readonly version: string }
  if (manifest.version !== version) {
    throw new Error(`The questions were judged for ${name}@${version}, and ${manifest.version} is installed`)
  }
  const paths = globSync(files.map((pattern) => `${folder}/${pattern}`)).sort()
  if (paths.length === 0) throw new Error(`${name}@${version} has none of ${files.join(', ')}`)
  return paths
}

/** `node_modules/a/b.js` as `a/b.js`. */
export function fileBelowModules(path: string): string {
  return path.slice('node_modules/'.length)
}
