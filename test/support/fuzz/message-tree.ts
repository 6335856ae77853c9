import { hexTextToBytes } from '../../../src/domain/kernel/bytes.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { isLoremeshError } from '../../../src/domain/kernel/errors.ts'

/**
 * A message taken apart as far down as its bytes can be read, messages within messages included. So a field deep inside
 * can be changed, and everything around it still fits.
 */
export type MessageTree =
  | { readonly kind: 'value'; readonly value: number | bigint | string | boolean | null | Uint8Array }
  | { readonly kind: 'list'; readonly items: readonly MessageTree[] }
  /** An object of JSON; a map in CBOR, which no message has. */
  | { readonly kind: 'record'; readonly fields: readonly (readonly [string, MessageTree])[] }
  /** A message in CBOR inside of this one: as a byte string, or in JSON as hexadecimal. */
  | { readonly kind: 'packed'; readonly inner: MessageTree }
  /** What no encoder here writes. */
  | { readonly kind: 'odd'; readonly cbor: Uint8Array; readonly json: string }

/** Heads of CBOR lists of up to 65,535 items. */
const FIRST_LIST_HEAD = 0x80
const LAST_LIST_HEAD = 0x99

/** The tree of a message in CBOR. Throws `bad-encoding`. */
export function readCbor(wire: Uint8Array): MessageTree {
  return toTree(decodeCbor(wire))
}

function toTree(value: CborValue): MessageTree {
  if (isList(value)) return { kind: 'list', items: value.map(toTree) }
  const inner = value instanceof Uint8Array ? readPacked(value) : undefined
  return inner === undefined ? { kind: 'value', value } : { kind: 'packed', inner }
}

function isList(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value)
}

/** The message that bytes are; undefined when they are none. */
function readPacked(bytes: Uint8Array): MessageTree | undefined {
  const [head = 0] = bytes
  if (head < FIRST_LIST_HEAD || head > LAST_LIST_HEAD) return undefined
  try {
    return readCbor(bytes)
  } catch (error) {
    if (isLoremeshError(error)) return undefined
    throw error
  }
}

/** The tree of a JSON text whose texts in hexadecimal may be messages in CBOR. */
export function readJson(text: string): MessageTree {
  return jsonToTree(JSON.parse(text))
}

function jsonToTree(value: unknown): MessageTree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(jsonToTree) }
  if (typeof value === 'object' && value !== null) {
    return { kind: 'record', fields: Object.entries(value).map(([name, field]) => [name, jsonToTree(field)]) }
  }
  if (typeof value === 'string') {
    const inner = /^([0-9a-f]{2})+$/.test(value) ? readPacked(hexTextToBytes(value)) : undefined
    return inner === undefined ? { kind: 'value', value } : { kind: 'packed', inner }
  }
  return { kind: 'value', value: typeof value === 'number' || typeof value === 'boolean' ? value : null }
}

/** The bytes of a tree in CBOR. */
export function toCbor(tree: MessageTree): Uint8Array {
  switch (tree.kind) {
    case 'value':
      return encodeCbor(tree.value)
    case 'list':
      return joinBytes([cborHead(4, tree.items.length), ...tree.items.map(toCbor)])
    case 'record': {
      const fields = tree.fields.flatMap(([name, field]) => [encodeCbor(name), toCbor(field)])
      return joinBytes([cborHead(5, tree.fields.length), ...fields])
    }
    case 'packed': {
      const inner = toCbor(tree.inner)
      return joinBytes([cborHead(2, inner.length), inner])
    }
    case 'odd':
      return tree.cbor
  }
}

/** The JSON text of a tree. */
export function toJson(tree: MessageTree): string {
  switch (tree.kind) {
    case 'value':
      return valueToJson(tree.value)
    case 'list':
      return `[${tree.items.map(toJson).join(',')}]`
    case 'record':
      return `{${tree.fields.map(([name, field]) => `${JSON.stringify(name)}:${toJson(field)}`).join(',')}}`
    case 'packed':
      return JSON.stringify(Buffer.from(toCbor(tree.inner)).toString('hex'))
    case 'odd':
      return tree.json
  }
}

function valueToJson(value: Extract<MessageTree, { kind: 'value' }>['value']): string {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('hex'))
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}

/** The head of a CBOR item: its major type with a length or a number. */
function cborHead(major: number, argument: number): Uint8Array {
  const head = encodeCbor(argument)
  return head.with(0, (head[0] ?? 0) | (major << 5))
}

/** The tree with its CBOR head in eight bytes, however few would do. */
export function widened(tree: MessageTree): MessageTree {
  const bytes = toCbor(tree)
  const [first = 0] = bytes
  const { length } = headOf(first)
  const argument = new Uint8Array(8)
  if (length === 1) argument[7] = first & 0x1f
  else argument.set(bytes.subarray(1, length), 9 - length)
  const cbor = joinBytes([Uint8Array.of((first & 0xe0) | 27), argument, bytes.subarray(length)])
  return { kind: 'odd', cbor, json: ` ${toJson(tree)}\n` }
}

function headOf(first: number): { readonly length: number } {
  const size = first & 0x1f
  return { length: size < 24 || size > 27 ? 1 : 1 + 2 ** (size - 24) }
}

/** Number of nodes of a tree. */
export function countNodes(tree: MessageTree): number {
  return 1 + childrenOf(tree).reduce((sum, child) => sum + countNodes(child), 0)
}

/** The node with an index, counted from the root at 0 down, first children first. */
export function nodeAt(tree: MessageTree, index: number): MessageTree | undefined {
  if (index === 0) return tree
  let left = index - 1
  for (const child of childrenOf(tree)) {
    const size = countNodes(child)
    if (left < size) return nodeAt(child, left)
    left -= size
  }
  return undefined
}

/** The tree with another node in the place of the one with an index. */
export function withNode(
  tree: MessageTree,
  index: number,
  change: (node: MessageTree) => MessageTree,
): MessageTree {
  if (index === 0) return change(tree)
  let left = index - 1
  const children = childrenOf(tree)
  for (const [at, child] of children.entries()) {
    const size = countNodes(child)
    if (left < size) return withChildren(tree, children.with(at, withNode(child, left, change)))
    left -= size
  }
  return tree
}

function childrenOf(tree: MessageTree): readonly MessageTree[] {
  switch (tree.kind) {
    case 'list':
      return tree.items
    case 'record':
      return tree.fields.map(([, field]) => field)
    case 'packed':
      return [tree.inner]
    case 'value':
    case 'odd':
      return []
  }
}

function withChildren(tree: MessageTree, children: readonly MessageTree[]): MessageTree {
  switch (tree.kind) {
    case 'list':
      return { kind: 'list', items: children }
    case 'record':
      return { kind: 'record', fields: tree.fields.map(([name, field], at) => [name, children[at] ?? field]) }
    case 'packed':
      return { kind: 'packed', inner: children[0] ?? tree.inner }
    case 'value':
    case 'odd':
      return tree
  }
}

/** All parts in one. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
