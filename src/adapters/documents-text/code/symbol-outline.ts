import type { SyntaxNode, Tree } from '@lezer/common'
import { MAX_WHOLE_BYTES } from '../../../domain/content/chunk.ts'
import { toPrintable } from '../../../domain/content/printable.ts'
import { createBlockBuilder, type Outline } from '../block-builder.ts'
import { importTargets } from '../import-targets.ts'
import { paragraphs } from '../line-outline.ts'
import { MIN_NAMED_CHARACTERS } from '../source-outline.ts'

/** Deeper declarations are part of the one around them. */
const MAX_DEPTH = 24
const MAX_NAME_BYTES = 120

/** A declaration: what it is called, and the node in which the declarations inside it are looked for. */
export interface Declaration {
  readonly name: string
  readonly body: SyntaxNode
}

/** How declarations are recognised in one language's syntax tree. */
export interface Grammar {
  parse(text: string): Tree
  /** The declaration that a node is, with its exports and decorators; undefined for other nodes. */
  declarationOf(node: SyntaxNode, text: string): Declaration | undefined
}

/** The text of a declaration with the comments right above it, and the declarations inside one too long to be kept whole. */
interface SymbolSpan {
  readonly start: number
  readonly end: number
  readonly path: readonly string[]
  readonly inner: readonly SymbolSpan[]
}

/**
 * Finds the declarations of source code by its syntax tree. Functions, classes and methods that fit are one block each
 * under the path of their names; longer ones are taken apart into what is declared inside them. Code between
 * declarations, and declarations too short to stand alone, are blocks under the path of what is around them.
 */
export function outlineSymbols(text: string, language: string, grammar: Grammar): Outline {
  const builder = createBlockBuilder(text)
  const addLoose = (start: number, end: number, path: readonly string[]): void => {
    for (const part of paragraphs(text, start, end)) {
      const code = text.slice(part.start, part.end)
      if (/[\p{L}\p{N}]/u.test(code))
        builder.addCode(part.start, part.end, path, importTargets(code, language))
    }
  }
  const addWithin = (
    start: number,
    end: number,
    path: readonly string[],
    spans: readonly SymbolSpan[],
  ): void => {
    let from = start
    for (const span of spans) {
      addLoose(from, span.start, path)
      if (span.inner.length > 0) addWithin(span.start, span.end, span.path, span.inner)
      else
        builder.addCode(
          span.start,
          span.end,
          span.path,
          importTargets(text.slice(span.start, span.end), language),
        )
      from = span.end
    }
    addLoose(from, end, path)
  }
  addWithin(0, text.length, [], symbolsIn(grammar.parse(text).topNode, [], 0))
  return builder.finish()

  function symbolsIn(node: SyntaxNode, path: readonly string[], depth: number): SymbolSpan[] {
    const spans: SymbolSpan[] = []
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.to - child.from < MIN_NAMED_CHARACTERS) continue
      const declaration = grammar.declarationOf(child, text)
      const mayDescend = child.to - child.from > MAX_WHOLE_BYTES && depth < MAX_DEPTH
      if (declaration !== undefined) {
        const innerPath = [...path, toPrintable(declaration.name, MAX_NAME_BYTES)]
        const inner = mayDescend ? symbolsIn(declaration.body, innerPath, depth + 1) : []
        spans.push({
          start: startWithComments(child, text),
          end: endWithMark(child, text),
          path: innerPath,
          inner,
        })
      } else if (mayDescend) {
        spans.push(...symbolsIn(child, path, depth + 1))
      }
    }
    return spans
  }
}

/** Where the comments begin that stand right above a node, without an empty line between. */
function startWithComments(node: SyntaxNode, text: string): number {
  let start = node.from
  let before = node.prevSibling
  while (before?.name.endsWith('Comment') === true && !/\n[ \t]*\r?\n/.test(text.slice(before.to, start))) {
    if (!startsLine(text, before.from)) break
    start = before.from
    before = before.prevSibling
  }
  return start
}

/** Where a node ends with the comma or semicolon behind it, which is not part of it in every grammar. */
function endWithMark(node: SyntaxNode, text: string): number {
  return ',;'.includes(text.charAt(node.to) || ' ') ? node.to + 1 : node.to
}

/** False for a comment that stands behind the code of its line. */
function startsLine(text: string, offset: number): boolean {
  return /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, offset - 200), offset))
}
