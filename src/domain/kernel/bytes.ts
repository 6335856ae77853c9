import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { utf8 } from '@scure/base'
import { LoremeshError } from './errors.ts'

/** True when both arrays hold the same bytes. Not constant-time: never use it on secrets. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
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

/** Text of UTF-8 bytes; throws `bad-utf8` when the bytes are not exactly the UTF-8 form of a text. */
export function bytesToText(bytes: Uint8Array): string {
  const text = utf8.encode(bytes)
  if (!bytesEqual(utf8ToBytes(text), bytes)) {
    throw new LoremeshError('bad-utf8', 'The bytes are not valid UTF-8 text')
  }
  return text
}
