import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { utf8 } from '@scure/base'
import { LoremeshError } from './errors.ts'

/** True when both arrays hold the same bytes. Not constant-time: never use it on secrets. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  // A plain loop: every received frame passes here, and a callback a byte would take a third of a transfer's time.
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false
  }
  return true
}

/** Lower-case hexadecimal form. */
export function bytesToHexText(bytes: Uint8Array): string {
  return bytesToHex(bytes)
}

/** Bytes of a lower- or upper-case hexadecimal text; throws `bad-input` on anything else. */
export function hexTextToBytes(hex: string): Uint8Array {
  try {
    return hexToBytes(hex)
  } catch {
    throw new LoremeshError('bad-input', `"${hex.slice(0, 80)}" is not hexadecimal`)
  }
}

/** UTF-8 bytes of a text. */
export function textToBytes(text: string): Uint8Array {
  return utf8ToBytes(text)
}

/** Text of UTF-8 bytes, a byte order mark included; throws `bad-utf8` for bytes that are not UTF-8. */
export function bytesToText(bytes: Uint8Array): string {
  try {
    return utf8.encode(bytes)
  } catch (cause) {
    throw new LoremeshError('bad-utf8', 'The bytes are not valid UTF-8 text', '', { cause })
  }
}
