import { describe, expect, it } from 'vitest'
import { createIdentity } from '../../src/domain/identity/identity.ts'
import { hexTextToBytes, textToBytes } from '../../src/domain/kernel/bytes.ts'
import type { SignatureVerifier } from '../../src/ports/signature-verifier.ts'
import vectors from '../vectors/ed25519-rule.json' with { type: 'json' }

/** What every `SignatureVerifier` does alike, on every engine. */
export function describeSignatureVerifier(name: string, open: () => SignatureVerifier): void {
  describe(name, () => {
    const verifier = open()

    it.each(vectors.cases)('$name: $valid', async ({ account, message, signature, valid }) => {
      const signed = {
        account: hexTextToBytes(account),
        message: hexTextToBytes(message),
        signature: hexTextToBytes(signature),
      }
      expect(await verifier.verify([signed])).toBe(valid)
    })

    it('refuses every forgery from a small-order key or R', async () => {
      const encodings = vectors.smallOrderEncodings.map(hexTextToBytes)
      const message = textToBytes('anything')
      for (const account of encodings) {
        for (const r of encodings) {
          const signature = Uint8Array.from([...r, ...new Uint8Array(32)])
          expect(await verifier.verify([{ account, message, signature }])).toBe(false)
        }
      }
    })

    it('accepts many honest signatures, and refuses them all when one is not', async () => {
      const identities = [1, 2, 3].map((seed) => createIdentity(new Uint8Array(32).fill(seed)))
      const honest = identities.map(({ account, sign }, at) => {
        const message = textToBytes(`message ${at}`)
        return { account, message, signature: sign(message) }
      })
      expect(await verifier.verify(honest)).toBe(true)
      const [first, second] = honest
      if (first === undefined || second === undefined) throw new Error('no signatures')
      expect(await verifier.verify([...honest, { ...first, signature: second.signature }])).toBe(false)
    })

    it('refuses keys and signatures of a wrong length without an exception', async () => {
      const { account, sign } = createIdentity(new Uint8Array(32))
      const message = textToBytes('anything')
      expect(
        await verifier.verify([{ account: account.subarray(1), message, signature: sign(message) }]),
      ).toBe(false)
      expect(await verifier.verify([{ account, message, signature: new Uint8Array(63) }])).toBe(false)
    })
  })
}
