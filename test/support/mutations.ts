import fc from 'fast-check'
import { encodeCbor, type CborValue } from '../../src/domain/kernel/cbor.ts'
import { changes, type Change } from './fuzz/changes.ts'
import {
  countNodes,
  joinBytes,
  nodeAt,
  readCbor,
  toCbor,
  withNode,
  type MessageTree,
} from './fuzz/message-tree.ts'

/** One thing that is wrong with a message: where, and what. Numbers choose among whatever there is. */
interface Edit {
  readonly place: number
  readonly change: Change
  readonly at: number
  readonly donor: number
  readonly donorPlace: number
  readonly noise: Uint8Array
}

const edit: fc.Arbitrary<Edit> = fc.record({
  place: fc.nat(),
  change: fc.oneof(...changes.map(([weight, change]) => ({ weight, arbitrary: fc.constant(change) }))),
  at: fc.nat(),
  donor: fc.nat(),
  donorPlace: fc.nat(),
  noise: fc.uint8Array({ minLength: 1, maxLength: 80 }),
})

/** Trees of messages that are almost right: each is one of `valid` with one to three things in it changed. */
export function mutatedTrees(valid: readonly MessageTree[]): fc.Arbitrary<MessageTree> {
  return fc
    .record({ origin: fc.nat(), edits: fc.array(edit, { minLength: 1, maxLength: 3 }) })
    .map(({ origin, edits }) => edits.reduce((tree, one) => applyEdit(tree, one, valid), pick(valid, origin)))
}

function applyEdit(tree: MessageTree, { place, change, ...rest }: Edit, valid: readonly MessageTree[]) {
  const donor = pick(valid, rest.donor)
  const borrowed = nodeAt(donor, rest.donorPlace % countNodes(donor)) ?? donor
  return withNode(tree, place % countNodes(tree), (node) => change(node, { ...rest, borrowed }))
}

function pick<T>(list: readonly T[], number: number): T {
  const item = list[number % list.length]
  if (item === undefined) throw new RangeError('There is nothing to change')
  return item
}

/** What happens to bytes on their way: nothing mostly; else they are cut off, go on, or one of them is another one. */
const damage = fc.record({
  kind: fc.oneof({ weight: 12, arbitrary: fc.constant('none') }, fc.constantFrom('cut', 'longer', 'flipped')),
  at: fc.nat(),
  noise: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  mask: fc.integer({ min: 1, max: 255 }),
})

/** `wires` with some of them damaged. */
export function damaged(wires: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(wires, damage).map(([wire, { kind, at, noise, mask }]) => {
    const place = at % Math.max(1, wire.length)
    switch (kind) {
      case 'cut':
        return wire.slice(0, place)
      case 'longer':
        return joinBytes([wire, noise])
      case 'flipped':
        return wire.length === 0 ? noise : wire.with(place, (wire[place] ?? 0) ^ mask)
      case 'none':
        return wire
    }
  })
}

/** Wire forms of messages that are almost right. */
export function mutatedWires(valid: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return damaged(mutatedTrees(valid.map(readCbor)).map(toCbor))
}

/** Wire forms of messages that are almost right, given the values of those that are. */
export function mutatedMessages(valid: readonly CborValue[]): fc.Arbitrary<Uint8Array> {
  return mutatedWires(valid.map(encodeCbor))
}
