import { globSync, readFileSync } from 'node:fs'
import { hashText, type ContextHash } from '../src/domain/content/context-hash.ts'
import type { Context } from '../src/domain/content/context.ts'
import type { PeerId } from '../src/domain/identity/account.ts'

const CONTEXT_CHARACTERS = 800

/** So many questions, evenly spread over the passages, each about the heading of one. */
export function questionsAbout(passages: readonly Context[], count: number): readonly string[] {
  const step = Math.max(1, Math.floor(passages.length / count))
  return passages
    .filter((_, at) => at % step === 0)
    .slice(0, count)
    .map(
      ({ documentTitle, headingPath }) =>
        `How do I use ${documentTitle} for ${headingPath.at(-1) ?? 'this'}?`,
    )
}

/** Different passages of whole paragraphs of the Markdown files of installed packages, `limit` at most, in the order of their files. */
export function readPackagePassages(limit: number): readonly Context[] {
  const byHash = new Map<ContextHash, Context>()
  for (const path of globSync('node_modules/{*,@*/*}/*.md').sort()) {
    const documentTitle = path.split('/').slice(1, -1).join('/')
    let heading = ''
    let text = ''
    for (const paragraph of readFileSync(path, 'utf8').split(/\n{2,}/)) {
      heading = /^#+ (.*)/.exec(paragraph)?.[1] ?? heading
      text += `${paragraph}\n\n`
      if (text.length < CONTEXT_CHARACTERS) continue
      const context = toContext(documentTitle, heading, text.trim())
      byHash.set(context.contextHash, context)
      text = ''
      if (byHash.size === limit) return [...byHash.values()]
    }
  }
  return [...byHash.values()]
}

function toContext(documentTitle: string, heading: string, text: string): Context {
  return {
    contextHash: hashText(text),
    text,
    sizeBytes: Buffer.byteLength(text),
    title: documentTitle,
    headingPath: [heading],
    tags: ['markdown'],
    documentHash: hashText(documentTitle),
    documentTitle,
    documentBytes: 0,
    startByte: 0,
    endByte: 0,
    author: '' as PeerId,
    origin: 'own',
    addedAtMs: 0,
  }
}
