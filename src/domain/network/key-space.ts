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

/** Leading bits that two places share. */
export function sharedBits(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < PLACE_BYTES; at++) {
    const difference = distanceByte(a, b, at)
    if (difference !== 0) return at * 8 + Math.clz32(difference) - 24
  }
  return PLACE_BYTES * 8
}

/** The distance of two places as a fraction of the key space, from 0 to below 1. */
export function distanceFraction(a: Uint8Array, b: Uint8Array): number {
  let fraction = 0
  for (let at = 6; at >= 0; at--) fraction = (fraction + distanceByte(a, b, at)) / 256
  return fraction
}

/**
 * How many servers there are when these are the closest ones to a target: all that there are when fewer than `k` were
 * found; else, as their places are random, about (k − 1) / distance of the farthest.
 */
export function estimateServers(target: Uint8Array, closest: readonly Uint8Array[], k: number): number {
  if (closest.length < k) return closest.length
  const farthest = Math.max(...closest.map((place) => distanceFraction(target, place)))
  return Math.max(closest.length, Math.round((closest.length - 1) / farthest))
}

/**
 * How many leading bits a key has to share with a target so that the `replicas` servers closest to it are certainly among
 * those that were found closest to the target, at most `k`: the servers of such a part of the key space are all known.
 */
export function sharedRegion(
  target: Uint8Array,
  closest: readonly Uint8Array[],
  { k, replicas }: { readonly k: number; readonly replicas: number },
): number {
  if (closest.length < k) return 0
  const shared = closest.map((place) => sharedBits(target, place)).sort((a, b) => a - b)
  const farthest = shared[0] ?? 0
  // The farthest one's part may hold more servers than were found; the parts within it hold none that was not.
  const within = shared.filter((bits) => bits > farthest)
  return within.length >= replicas ? farthest + 1 : PLACE_BYTES * 8
}

function distanceByte(a: Uint8Array, b: Uint8Array, at: number): number {
  return (a[at] ?? 0) ^ (b[at] ?? 0)
}
