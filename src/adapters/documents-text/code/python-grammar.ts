import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/python'
import type { Declaration, Grammar } from './symbol-outline.ts'

const named = ['FunctionDefinition', 'ClassDefinition', 'AssignStatement']

/** Python 3. */
export const pythonGrammar: Grammar = { parse: (text) => parser.parse(text), declarationOf }

function declarationOf(node: SyntaxNode, text: string): Declaration | undefined {
  if (node.name === 'DecoratedStatement') {
    const decorated = node.getChild('FunctionDefinition') ?? node.getChild('ClassDefinition')
    return decorated === null ? undefined : declarationOf(decorated, text)
  }
  const name = named.includes(node.name) ? node.getChild('VariableName') : null
  return name === null ? undefined : { name: text.slice(name.from, name.to), body: node }
}
