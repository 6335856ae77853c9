import { textToBytes } from '../domain/kernel/bytes.ts'
import type { SourceFile } from '../ports/document-parser.ts'

const texts: Record<string, string> = import.meta.glob('../../content/guide/*.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** The guide that comes with the app, so that the very first question finds something without any network. */
export function loadGuide(): readonly SourceFile[] {
  return Object.entries(texts).map(([path, text]) => ({
    path: `guide/${path.slice(path.lastIndexOf('/') + 1)}`,
    bytes: textToBytes(text),
  }))
}
