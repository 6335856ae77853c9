import { createBlockBuilder, type Outline } from './block-builder.ts'
import { importTargets } from './import-targets.ts'
import { textLines, type TextLine } from './text-lines.ts'

/** A shorter declaration gets no heading of its own, so that it is packed together with its neighbours. */
export const MIN_NAMED_CHARACTERS = 300
const MODIFIERS =
  'export default declare abstract async pub public private protected internal static final sealed open data unsafe extern override'
const KEYWORDS =
  'class interface type enum struct union trait impl namespace module mod record protocol object def fn fun func function const let var message service'
/** The first declaration at the beginning of a line, in any of the languages that are read here; Go's receivers are skipped. */
const DECLARATION = new RegExp(
  `^(?:(?:${anyOf(MODIFIERS)})\\s){0,6}(?:${anyOf(KEYWORDS)})\\*?\\s+(?:\\([^()\\n]{0,80}\\)\\s*)?([\\p{L}_$][\\p{L}\\p{N}_$.:]{0,80})`,
  'mu',
)

/**
 * Finds the top-level declarations of source code: a block begins at a line without indentation after an empty line,
 * unless that line only closes what came before. Comments right above a declaration belong to it. A declaration of some
 * length is a heading of its own; imports are links.
 */
export function outlineSource(text: string, language: string): Outline {
  const builder = createBlockBuilder(text)
  for (const { start, end } of declarations(text)) {
    const code = text.slice(start, end)
    const name = code.length < MIN_NAMED_CHARACTERS ? undefined : DECLARATION.exec(code)?.[1]
    builder.addCode(start, end, name === undefined ? [] : [name], importTargets(code, language))
  }
  return builder.finish()
}

function* declarations(text: string): Generator<TextLine> {
  let open: { start: number; end: number } | undefined
  let afterEmptyLine = true
  for (const { start, end } of textLines(text)) {
    const first = text.charAt(start)
    if (text.slice(start, end).trim() === '') {
      afterEmptyLine = true
      continue
    }
    const begins = afterEmptyLine && first.trim() !== '' && !')]}'.includes(first)
    if (begins && open !== undefined) yield open
    open = { start: begins ? start : (open?.start ?? start), end }
    afterEmptyLine = false
  }
  if (open !== undefined) yield open
}

function anyOf(words: string): string {
  return words.replaceAll(' ', '|')
}
