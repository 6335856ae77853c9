import { describe, expect, it } from 'vitest'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import type { SignedMessage } from '../../../src/domain/identity/signature.ts'
import { createNativeSignatureVerifier } from '../../../signaling/native-signatures.ts'
import { createSignatureMemory } from '../../../signaling/signature-memory.ts'

const ann = createIdentity(new Uint8Array(32).fill(1))
const bob = createIdentity(new Uint8Array(32).fill(2))
const message = Uint8Array.of(1, 2, 3)
const signedBy = ({ account, sign }: typeof ann): SignedMessage => ({
  account,
  message,
  signature: sign(message),
})

function open() {
  const native = createNativeSignatureVerifier()
  const verified: SignedMessage[] = []
  const counting = {
    verify(messages: readonly SignedMessage[]) {
      verified.push(...messages)
      return native.verify(messages)
    },
  }
  return { ...createSignatureMemory(counting, ann), verified }
}

describe('a memory of signatures', () => {
  it('verifies what is right once', async () => {
    const { verifier, verified } = open()
    expect(await verifier.verify([signedBy(bob)])).toBe(true)
    expect(await verifier.verify([signedBy(bob)])).toBe(true)
    expect(verified).toHaveLength(1)
  })

  it('takes what was signed here for right', async () => {
    const { verifier, identity, verified } = open()
    const signature = identity.sign(message)
    expect(await verifier.verify([{ account: identity.account, message, signature }])).toBe(true)
    expect(verified).toEqual([])
  })

  it('refuses what differs in anything, each time', async () => {
    const { verifier } = open()
    const right = signedBy(bob)
    expect(await verifier.verify([right])).toBe(true)
    const wrong = [
      { ...right, account: ann.account },
      { ...right, message: Uint8Array.of(1, 2, 4) },
      { ...right, signature: signedBy(ann).signature },
    ]
    for (const signed of [...wrong, ...wrong]) expect(await verifier.verify([right, signed])).toBe(false)
  })

  it('remembers nothing of signatures that came with a wrong one', async () => {
    const { verifier, verified } = open()
    const wrong = { ...signedBy(bob), account: ann.account }
    expect(await verifier.verify([signedBy(bob), wrong])).toBe(false)
    expect(await verifier.verify([signedBy(bob)])).toBe(true)
    expect(verified).toHaveLength(3)
  })
})
