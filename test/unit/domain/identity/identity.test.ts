import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { describe, expect, it } from 'vitest'
import { accountToPeerId, parsePeerId, peerIdToAccount } from '../../../../src/domain/identity/account.ts'
import { createIdentity } from '../../../../src/domain/identity/identity.ts'
import { verifySignature } from '../../../../src/domain/identity/signature.ts'

const identity = createIdentity(new Uint8Array(32).fill(7))

describe('an identity', () => {
  it('is the same for the same seed and another for another seed', () => {
    expect(createIdentity(new Uint8Array(32).fill(7)).peerId).toBe(identity.peerId)
    expect(createIdentity(new Uint8Array(32).fill(8)).peerId).not.toBe(identity.peerId)
  })

  it('has the peer id that libp2p gives the same key', async () => {
    const key = await generateKeyPairFromSeed('Ed25519', identity.secretKey)
    expect(peerIdFromPrivateKey(key).toString()).toBe(identity.peerId)
  })

  it('signs what its account verifies', () => {
    const message = new Uint8Array([1, 2, 3])
    expect(verifySignature(identity.account, message, identity.sign(message))).toBe(true)
  })

  it('refuses a seed of another length', () => {
    expect(() => createIdentity(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })
})

describe('a peer id', () => {
  it('names its account', () => {
    expect(accountToPeerId(peerIdToAccount(identity.peerId))).toBe(identity.peerId)
  })

  it.each(['', 'abc', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N', `${identity.peerId}1`, '0OIl'])(
    'is refused when it is "%s"',
    (text) => {
      expect(() => parsePeerId(text)).toThrow(expect.objectContaining({ code: 'bad-input' }))
    },
  )
})
