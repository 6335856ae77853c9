import { findWords, lowerCase } from './tokenize.ts'

/** Words of one shingle. */
const SHINGLE_WORDS = 3
/** Minima in a signature: what it says about a share of 0.6 has a standard error of 0.06. */
const SIGNATURE_LENGTH = 64
/** Share of equal minima from which on two texts say the same; docs/decisions/0035-near-duplicates-share-minima.md has the measurement. */
const SAME_SHARE = 0.6
/** Texts of more different sizes never say the same. */
const MAX_SIZE_RATIO = 1.25

/** What near-duplicates are recognised by: the text, or as much of it as is known, and the whole text's size. */
export interface DuplicateTraits {
  readonly signature: Uint32Array
  readonly sizeBytes: number
}

/** The traits of a text of which `known` is known. */
export function duplicateTraits(known: string, sizeBytes: number): DuplicateTraits {
  return { signature: minHash(known), sizeBytes }
}

/** Whether two texts say nearly the same. */
export function areNearDuplicates(a: DuplicateTraits, b: DuplicateTraits): boolean {
  const larger = Math.max(a.sizeBytes, b.sizeBytes)
  const smaller = Math.min(a.sizeBytes, b.sizeBytes)
  return larger <= smaller * MAX_SIZE_RATIO && sharedMinima(a.signature, b.signature) >= SAME_SHARE
}

/**
 * The smallest value that each of 64 hash functions takes on the text's runs of three words. The share of equal minima of
 * two texts estimates the share of runs that they have in common (Broder, 1997).
 */
export function minHash(text: string): Uint32Array {
  const words = findWords(text).map((word) => lowerCase(word.text))
  const signature = new Uint32Array(SIGNATURE_LENGTH).fill(0xffffffff)
  const runs = Math.max(1, words.length - SHINGLE_WORDS + 1)
  for (let at = 0; at < runs; at++) {
    const hash = hashOf(words.slice(at, at + SHINGLE_WORDS).join(' '))
    for (let place = 0; place < SIGNATURE_LENGTH; place++) {
      const value = mix(hash ^ Math.imul(place + 1, 0x9e3779b1))
      if (value < (signature[place] ?? 0)) signature[place] = value
    }
  }
  return signature
}

/** The share of places, from 0 to 1, at which two signatures are equal. */
export function sharedMinima(a: Uint32Array, b: Uint32Array): number {
  let equal = 0
  for (let place = 0; place < SIGNATURE_LENGTH; place++) if (a[place] === b[place]) equal += 1
  return equal / SIGNATURE_LENGTH
}

/** 32-bit FNV-1a over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

/** The finaliser of MurmurHash3: every bit of the input changes half of the bits of the output. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
