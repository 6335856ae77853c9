import { toCbor, widened, type MessageTree } from './message-tree.ts'

/** What a change is made with. Numbers choose among whatever there is. */
interface Means {
  readonly at: number
  readonly noise: Uint8Array
  /** A part of a valid message of the same kind. */
  readonly borrowed: MessageTree
}

/** Makes something wrong of a part of a message. */
export type Change = (node: MessageTree, means: Means) => MessageTree

/** The largest integer of CBOR. */
const MAX_INTEGER = 2n ** 64n - 1n

/** Where readers go wrong: at the ends of every range. */
const edges: readonly (number | bigint)[] = [
  -1,
  0,
  1,
  0.5,
  23,
  24,
  63,
  64,
  255,
  256,
  1_000,
  1_001,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 32 + 1,
  1_767_225_600_000,
  Number.MAX_SAFE_INTEGER - 1,
  Number.MAX_SAFE_INTEGER,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  -(2n ** 63n),
]

const junk: readonly MessageTree[] = [
  ...[null, true, false, '', '0', 'starter', '__proto__', 'constructor', '\u0000', '\ud83d\ude00'].map(
    valueOf,
  ),
  ...[0, 1, 8, 31, 33, 63, 65, 300].map((length) => valueOf(new Uint8Array(length).fill(length))),
  { kind: 'list', items: [] },
  { kind: 'list', items: [valueOf(0)] },
  { kind: 'record', fields: [] },
  { kind: 'record', fields: [['__proto__', { kind: 'record', fields: [['polluted', valueOf(true)]] }]] },
  { kind: 'record', fields: [['length', valueOf(2)]] },
]

/** CBOR that is not deterministic, or no CBOR, and the like in JSON. */
const oddities: readonly MessageTree[] = [
  odd('f7', 'undefined'),
  odd('f97c00', '1e999'),
  odd('f97e00', 'NaN'),
  odd('f98000', '-0'),
  odd('f93c00', '1.0'),
  odd('fb3ff8000000000000', '1.5e0'),
  odd('1800', '00'),
  odd('5f4101ff', '"\\ud800"'),
  odd('9f01ff', '[1,]'),
  odd('bf6161f5ff', '{"a":1,"a":2}'),
  odd('a2616100616101', '{"toString":null,"valueOf":null}'),
  odd('c249010000000000000000', '18446744073709551616'),
  odd('d8184100', '"0x00"'),
  odd('61ff', '"\\u0000"'),
  odd('ff', '}'),
  odd('9affffffff', '['),
  odd('5affffffff', '"'),
  odd('7b7fffffffffffffff', '"\\'),
]

/** Ways of changing a part of a message, by how often each is used. */
export const changes: readonly (readonly [weight: number, change: Change])[] = [
  [14, toNeighbour],
  [3, (_, { at }) => valueOf(edges[at % edges.length] ?? 0)],
  [2, (_, { at }) => junk[at % junk.length] ?? valueOf(null)],
  [2, (_, { at }) => oddities[at % oddities.length] ?? valueOf(null)],
  [5, (_, { borrowed }) => borrowed],
  [3, shortened],
  [3, lengthened],
  [2, swapped],
  [6, withNoise],
  [1, (node) => widened(node)],
  [1, (node) => ({ kind: 'list', items: [node] })],
  [1, repacked],
  [1, (node, { at }) => repeated(node, [2, 3, 9, 65, 257, 600][at % 6] ?? 2)],
  [1, (node, { at, noise }) => (at % 8 === 0 ? nested(noise.length * 40) : node)],
]

/** One more or less, or one bit of it another one. */
function toNeighbour(node: MessageTree, { at, noise }: Means): MessageTree {
  if (node.kind === 'packed') return flipped(toCbor(node.inner), at, noise)
  if (node.kind === 'list') return swapped(node, { at, noise, borrowed: node })
  if (node.kind !== 'value') return valueOf(at % 2 === 0)
  const { value } = node
  if (typeof value === 'number') return valueOf(at % 2 === 0 ? value + 1 : value - 1)
  if (typeof value === 'bigint')
    return valueOf(value < 0n || (at % 2 === 0 && value < MAX_INTEGER) ? value + 1n : value - 1n)
  if (typeof value === 'boolean') return valueOf(!value)
  if (typeof value === 'string') return valueOf(value.slice(0, -1) + String.fromCodePoint(33 + (at % 94)))
  return value === null ? valueOf(noise) : flipped(value, at, noise)
}

function flipped(bytes: Uint8Array, at: number, [mask = 1]: Uint8Array): MessageTree {
  if (bytes.length === 0) return valueOf(Uint8Array.of(mask))
  const place = at % bytes.length
  return valueOf(bytes.with(place, (bytes[place] ?? 0) ^ (1 << (mask & 7))))
}

function shortened(node: MessageTree, { at }: Means): MessageTree {
  switch (node.kind) {
    case 'list':
      return { kind: 'list', items: without(node.items, at) }
    case 'record':
      return { kind: 'record', fields: without(node.fields, at) }
    case 'packed':
      return valueOf(cut(toCbor(node.inner), at))
    case 'value':
      if (typeof node.value === 'string') return valueOf(node.value.slice(0, at % (node.value.length + 1)))
      return node.value instanceof Uint8Array ? valueOf(cut(node.value, at)) : valueOf(null)
    case 'odd':
      return node
  }
}

function lengthened(node: MessageTree, { at, noise, borrowed }: Means): MessageTree {
  switch (node.kind) {
    case 'list': {
      const item =
        at % 2 === 0 ? (node.items[(at >> 1) % Math.max(1, node.items.length)] ?? borrowed) : borrowed
      return { kind: 'list', items: node.items.toSpliced((at >> 1) % (node.items.length + 1), 0, item) }
    }
    case 'record': {
      const name = node.fields[at % Math.max(1, node.fields.length)]?.[0] ?? 'name'
      return { kind: 'record', fields: [...node.fields, [at % 2 === 0 ? name : `${name}s`, borrowed]] }
    }
    case 'packed':
      return valueOf(Uint8Array.of(...toCbor(node.inner), ...noise))
    case 'value':
      if (typeof node.value === 'string') return valueOf(node.value + 'é'.repeat(noise.length))
      return node.value instanceof Uint8Array ? valueOf(Uint8Array.of(...node.value, ...noise)) : borrowed
    case 'odd':
      return node
  }
}

/** Two items of a list in each other's place; anything else twice. */
function swapped(node: MessageTree, { at }: Means): MessageTree {
  if (node.kind === 'list') {
    const [one, other] = [at % Math.max(1, node.items.length), (at >> 8) % Math.max(1, node.items.length)]
    const [a, b] = [node.items[one], node.items[other]]
    return a === undefined || b === undefined
      ? node
      : { kind: 'list', items: node.items.with(one, b).with(other, a) }
  }
  if (node.kind === 'record') return { kind: 'record', fields: node.fields.toReversed() }
  return { kind: 'list', items: [node, node] }
}

/** Something else of the same size: another signature, hash or amount. */
function withNoise(node: MessageTree, { at, noise }: Means): MessageTree {
  if (node.kind === 'value' && node.value instanceof Uint8Array) {
    return valueOf(
      node.value.map((_, index) => (at % 4 === 0 ? 0 : (noise[index % noise.length] ?? 0) ^ index)),
    )
  }
  return node.kind === 'value' && typeof node.value === 'number'
    ? valueOf(at)
    : toNeighbour(node, { at, noise, borrowed: node })
}

/** What is in a message within the message, outside of it; anything else within one. */
function repacked(node: MessageTree): MessageTree {
  return node.kind === 'packed' ? node.inner : { kind: 'packed', inner: node }
}

/** The items of a list so many times. */
function repeated(node: MessageTree, times: number): MessageTree {
  if (node.kind === 'list') {
    return {
      kind: 'list',
      items: Array.from({ length: times }, () => node.items)
        .flat()
        .slice(0, 600),
    }
  }
  return node.kind === 'value' && node.value instanceof Uint8Array
    ? valueOf(new Uint8Array(times * 16).fill(times & 255))
    : node
}

/** Lists within lists, so deep that a reader that calls itself for each may run out of stack. */
function nested(depth: number): MessageTree {
  return {
    kind: 'odd',
    cbor: new Uint8Array(depth + 1).fill(0x81, 0, depth),
    json: '['.repeat(depth) + ']'.repeat(depth),
  }
}

function without<T>(items: readonly T[], at: number): readonly T[] {
  return items.length === 0 ? items : items.toSpliced(at % items.length, 1)
}

function cut(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.slice(0, at % (bytes.length + 1))
}

function valueOf(value: Extract<MessageTree, { kind: 'value' }>['value']): MessageTree {
  return { kind: 'value', value }
}

function odd(hex: string, json: string): MessageTree {
  return { kind: 'odd', cbor: new Uint8Array(Buffer.from(hex, 'hex')), json }
}
