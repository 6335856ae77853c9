import fc from 'fast-check'
import { encodeCbor, type CborValue } from '../../src/domain/kernel/cbor.ts'

/** Where parsers go wrong: at the ends of every range. */
const edgeNumbers: readonly (number | bigint)[] = [
  -1,
  0,
  1,
  0.5,
  23,
  24,
  255,
  256,
  65_536,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  -(2n ** 63n),
]
const leaf: fc.Arbitrary<CborValue> = fc.oneof(
  fc.constantFrom(...edgeNumbers),
  fc.integer(),
  fc.constantFrom(null, true, false),
  fc.uint8Array({ maxLength: 80 }),
  fc.string({ maxLength: 80 }),
)
const junk: fc.Arbitrary<CborValue> = fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }))

/** A value of CBOR with one thing about it changed: a field, an item of a list, how many there are, or what they are. */
function changedValue(value: CborValue): fc.Arbitrary<CborValue> {
  if (value instanceof Uint8Array) return fc.oneof(changedBytes(value), junk)
  if (Array.isArray(value)) return fc.oneof({ weight: 8, arbitrary: changedArray(value) }, junk)
  return junk
}

function changedArray(items: readonly CborValue[]): fc.Arbitrary<CborValue> {
  if (items.length === 0) return junk.map((item) => [item])
  const place = fc.nat({ max: items.length - 1 })
  return fc.oneof(
    {
      weight: 6,
      arbitrary: place.chain((at) => changedValue(items[at] ?? null).map((item) => items.with(at, item))),
    },
    place.map((at) => items.toSpliced(at, 1)),
    place.map((at) => items.toSpliced(at, 0, items[at] ?? null)),
    fc.tuple(place, junk).map(([at, item]) => items.toSpliced(at, 0, item)),
    fc.tuple(place, place).map(([a, b]) => items.with(a, items[b] ?? null).with(b, items[a] ?? null)),
  )
}

function changedBytes(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  if (bytes.length === 0) return fc.uint8Array({ minLength: 1, maxLength: 8 })
  const place = fc.nat({ max: bytes.length - 1 })
  return fc.oneof(
    fc
      .tuple(place, fc.integer({ min: 1, max: 255 }))
      .map(([at, mask]) => bytes.with(at, (bytes[at] ?? 0) ^ mask)),
    place.map((length) => bytes.slice(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => Uint8Array.of(...bytes, ...more)),
  )
}

/**
 * Messages that are almost right: each is one of `valid` with a few of its fields changed and encoded anew, or with its
 * bytes changed.
 */
export function mutatedMessages(valid: readonly CborValue[]): fc.Arbitrary<Uint8Array> {
  const message = fc.constantFrom(...valid)
  return fc.oneof(
    { weight: 4, arbitrary: message.chain(changedValue).map(encodeCbor) },
    { weight: 2, arbitrary: message.chain(changedValue).chain(changedValue).map(encodeCbor) },
    { weight: 1, arbitrary: message.map(encodeCbor).chain(changedBytes) },
  )
}
