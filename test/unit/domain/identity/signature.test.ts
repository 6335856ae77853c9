import { createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIdentity } from '../../../../src/domain/identity/identity.ts'
import { verifySignature } from '../../../../src/domain/identity/signature.ts'
import { hexTextToBytes, textToBytes } from '../../../../src/domain/kernel/bytes.ts'
import vectors from '../../../vectors/ed25519-rule.json' with { type: 'json' }

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
const messages = fc.uint8Array({ maxLength: 100 })

/** OpenSSL's opinion about an honest key's signature. */
function opensslVerifies(account: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), account])
  return verify(null, message, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature)
}

describe('the one signature rule', () => {
  it.each(vectors.cases)('$name: $valid', ({ account, message, signature, valid }) => {
    const [key, text, bytes] = [account, message, signature].map(hexTextToBytes) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    expect(verifySignature(key, text, bytes)).toBe(valid)
  })

  it('accepts test 1 of RFC 8032', () => {
    const key = hexTextToBytes('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    const signature = hexTextToBytes(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
    expect(verifySignature(key, new Uint8Array(), signature)).toBe(true)
  })

  it('refuses all 196 forgeries from small-order keys and small-order R', () => {
    const encodings = vectors.smallOrderEncodings.map(hexTextToBytes)
    const message = textToBytes('anything')
    const accepted = encodings.flatMap((account) =>
      encodings.filter((r) =>
        verifySignature(account, message, Uint8Array.from([...r, ...new Uint8Array(32)])),
      ),
    )
    expect(encodings).toHaveLength(14)
    expect(accepted).toEqual([])
  })

  it('refuses keys and signatures of a wrong length without an exception', () => {
    const identity = createIdentity(new Uint8Array(32))
    const message = textToBytes('anything')
    const signature = identity.sign(message)
    expect(verifySignature(identity.account, message, signature.subarray(1))).toBe(false)
    expect(verifySignature(identity.account, message, Uint8Array.from([...signature, 0]))).toBe(false)
    expect(verifySignature(identity.account.subarray(1), message, signature)).toBe(false)
  })

  it('accepts what honest keys sign, as OpenSSL does', () => {
    fc.assert(
      fc.property(seeds, messages, (seed, message) => {
        const { account, sign } = createIdentity(seed)
        const signature = sign(message)
        expect(verifySignature(account, message, signature)).toBe(true)
        expect(opensslVerifies(account, message, signature)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses a signature, message or key with one bit flipped', () => {
    const { account, sign } = createIdentity(new Uint8Array(32).fill(4))
    const message = textToBytes('pay ten tokens')
    const parts = [account, message, sign(message)] as const
    fc.assert(
      fc.property(fc.nat(2), fc.nat(1_000_000), (part, position) => {
        const flipped = parts.map((bytes) => bytes.slice())
        const bytes = flipped[part] ?? new Uint8Array()
        const bit = position % (bytes.length * 8)
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const [key, text, signature] = flipped as [Uint8Array, Uint8Array, Uint8Array]
        expect(verifySignature(key, text, signature)).toBe(false)
      }),
      { numRuns: 100 },
    )
  })
})
