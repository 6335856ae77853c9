import type { Context } from '../content/context.ts'
import type { IndexedText } from './word-index.ts'

/**
 * What is searched of a context. Its own title repeats the last of its headings, which would count twice, so the title of
 * its document stands for it.
 */
export function toIndexedText({
  contextHash,
  documentTitle,
  headingPath,
  text,
  tags,
}: Pick<Context, 'contextHash' | 'documentTitle' | 'headingPath' | 'text' | 'tags'>): IndexedText {
  return { contextHash, title: documentTitle, headingPath, text, tags }
}
