import type { Outline } from '../block-builder.ts'
import { extensionOf } from '../file-path.ts'
import { outlineSource } from '../source-outline.ts'
import { textLines } from '../text-lines.ts'
import type { Grammar } from './symbol-outline.ts'

/** Longer sources are outlined line by line: a syntax tree weighs many times its text, and what is longer was generated. */
const MAX_PARSED_CHARACTERS = 120_000
/** Sources with longer lines, too: the parsers look to the end of the line for the end of each regular expression. */
const MAX_LINE_CHARACTERS = 1_000

/** Finds the declarations of source code, by its syntax tree where the language has a parser here, else line by line. */
export async function outlineCode(text: string, path: string, language: string): Promise<Outline> {
  const grammar = isWrittenByHand(text) ? await grammarOf(path, language) : undefined
  if (grammar === undefined) return outlineSource(text, language)
  const { outlineSymbols } = await import('./symbol-outline.ts')
  try {
    return outlineSymbols(text, language, grammar)
  } catch (error) {
    // The parsers recurse, and a worker's stack holds less of what nests than the main thread's.
    if (error instanceof RangeError) return outlineSource(text, language)
    throw error
  }
}

async function grammarOf(path: string, language: string): Promise<Grammar | undefined> {
  if (language === 'python') return (await import('./python-grammar.ts')).pythonGrammar
  if (language !== 'typescript' && language !== 'javascript') return undefined
  const { javascriptGrammar } = await import('./javascript-grammar.ts')
  if (language === 'javascript') return javascriptGrammar('jsx')
  return javascriptGrammar(extensionOf(path) === 'tsx' ? 'ts jsx' : 'ts')
}

function isWrittenByHand(text: string): boolean {
  if (text.length > MAX_PARSED_CHARACTERS) return false
  for (const { start, end } of textLines(text)) if (end - start > MAX_LINE_CHARACTERS) return false
  return true
}
