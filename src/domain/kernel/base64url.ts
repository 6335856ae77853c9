import { base64urlnopad } from '@scure/base'
import { LoremeshError } from './errors.ts'

/** Bytes as base64url text without padding (RFC 4648, section 5), as JSON messages carry them. */
export function bytesToBase64url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes)
}

/** Bytes of a base64url text without padding; throws `bad-encoding` on anything else. */
export function base64urlToBytes(text: string): Uint8Array {
  try {
    return base64urlnopad.decode(text)
  } catch (cause) {
    throw new LoremeshError('bad-encoding', 'The text is not base64url without padding', '', { cause })
  }
}
