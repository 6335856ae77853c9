import { sha256Digest } from '../kernel/hashing.ts'

/** Bytes of a place in Kademlia's key space: 256 bits. */
const PLACE_BYTES = 32

/** Where a key or a peer id lies in the key space: the SHA-256 of its bytes, as the Kademlia specification of libp2p has it. */
export function placeOf(bytes: Uint8Array): Uint8Array {
  return sha256Digest(bytes)
}

/** Negative when `a` is closer to the target than `b`, by the XOR of the places. */
export function compareDistance(target: Uint8Array, a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < PLACE_BYTES; at++) {
    const order = distanceByte(target, a, at) - distanceByte(target, b, at)
    if (order !== 0) return order
  }
  return 0
}

/** The `count` items closest to the target, closest first. */
export function closestTo<T extends { readonly place: Uint8Array }>(
  target: Uint8Array,
  items: readonly T[],
  count: number,
): readonly T[] {
  return [...items].sort((a, b) => compareDistance(target, a.place, b.place)).slice(0, count)
}

/**
 * Keys that lie in each of so many equal parts of the key space, a power of two up to 256: whoever is asked for the peers
 * closest to each of them tells of peers everywhere.
 */
export function spreadKeys(parts: number): readonly Uint8Array[] {
  const found = new Map<number, Uint8Array>()
  for (let n = 0; found.size < parts; n++) {
    const key = sha256Digest(Uint8Array.of(n & 0xff, n >> 8))
    const part = Math.floor(((placeOf(key)[0] ?? 0) * parts) / 256)
    if (!found.has(part)) found.set(part, key)
  }
  return [...found.values()]
}

function distanceByte(a: Uint8Array, b: Uint8Array, at: number): number {
  return (a[at] ?? 0) ^ (b[at] ?? 0)
}
