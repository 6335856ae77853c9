import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/javascript'
import type { Declaration, Grammar } from './symbol-outline.ts'

const named = new Set([
  ...[
    'FunctionDeclaration',
    'ClassDeclaration',
    'VariableDeclaration',
    'MethodDeclaration',
    'PropertyDeclaration',
  ],
  ...['InterfaceDeclaration', 'TypeAliasDeclaration', 'EnumDeclaration', 'NamespaceDeclaration', 'Property'],
])
const names = new Set([
  'VariableDefinition',
  'TypeDefinition',
  'PropertyDefinition',
  'PrivatePropertyDefinition',
])
const wrappers = new Set(['ExportDeclaration', 'AmbientDeclaration'])
const MAX_ASSIGNED_CHARACTERS = 80

/** JavaScript, or TypeScript, with or without JSX. */
export function javascriptGrammar(dialect: '' | 'jsx' | 'ts' | 'ts jsx'): Grammar {
  const configured = parser.configure({ dialect })
  return { parse: (text) => configured.parse(text), declarationOf }
}

function declarationOf(node: SyntaxNode, text: string): Declaration | undefined {
  if (wrappers.has(node.name)) return wrappedDeclaration(node, text)
  if (node.name === 'ExpressionStatement') return assignment(node, text)
  if (!named.has(node.name)) return undefined
  const name = children(node).find((child) => names.has(child.name))
  return name === undefined ? undefined : { name: text.slice(name.from, name.to), body: node }
}

/** What an export or `declare` is of; an export without a name is "default". */
function wrappedDeclaration(node: SyntaxNode, text: string): Declaration | undefined {
  for (const child of children(node)) {
    const declaration = declarationOf(child, text)
    if (declaration !== undefined) return declaration
  }
  return node.getChild('default') === null ? undefined : { name: 'default', body: node }
}

/** `exports.parse = …` and `Parser.prototype.parse = …` declare what stands on their left. */
function assignment(node: SyntaxNode, text: string): Declaration | undefined {
  const body = node.getChild('AssignmentExpression')
  const left = body?.firstChild
  if (body === null || left?.name !== 'MemberExpression') return undefined
  const name = text.slice(left.from, left.to)
  return name.length > MAX_ASSIGNED_CHARACTERS ? undefined : { name, body }
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child)
  return found
}
