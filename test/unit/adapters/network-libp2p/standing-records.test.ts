import { describe, expect, it } from 'vitest'
import {
  createStandingRecords,
  standingKey,
} from '../../../../src/adapters/network-libp2p/standing-records.ts'
import { encodeStanding } from '../../../../src/domain/ledger/account-standing.ts'
import { textToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { createWebCryptoSignatureVerifier } from '../../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { sampleCheckpoint } from '../../../support/checkpoint-samples.ts'
import { ann, bob, genesis } from '../../../support/ledger.ts'

const { validators, selectors } = createStandingRecords({
  genesis,
  verifier: createWebCryptoSignatureVerifier(),
  removals: () => [],
})
const validate = async (key: Uint8Array, value: Uint8Array): Promise<void> => {
  const [, namespace = ''] = Buffer.from(key).toString('utf8').split('/')
  await validators[namespace]?.(key, value)
}

const { signed, tree } = sampleCheckpoint()
const proof = tree.proofOf(ann.account)
if (proof === undefined) throw new Error('The sample has changed')
const standing = encodeStanding({ checkpoint: signed, proof })

describe('standings in the DHT', () => {
  it('are kept under the key of their own account', async () => {
    await expect(validate(standingKey(ann.peerId), standing)).resolves.toBeUndefined()
  })

  it('are refused under the key of another account, or of none', async () => {
    await expect(validate(standingKey(bob.peerId), standing)).rejects.toMatchObject({ code: 'bad-proof' })
    for (const key of ['/loremesh-rep/', '/loremesh-rep/nobody']) {
      await expect(validate(textToBytes(key), standing)).rejects.toMatchObject({ code: 'bad-input' })
    }
  })

  it('are refused when they are changed, cut off, too long or nothing of the kind', async () => {
    const better = { ...proof, leaf: { ...proof.leaf, reputationMilli: 1_000 } }
    for (const value of [
      encodeStanding({ checkpoint: signed, proof: better }),
      standing.subarray(0, -1),
      new Uint8Array(100_000),
      textToBytes('0.99'),
    ]) {
      await expect(validate(standingKey(ann.peerId), value)).rejects.toMatchObject({ name: 'LoremeshError' })
    }
  })

  it('are refused when the authorities did not sign their checkpoint', async () => {
    const { certificate } = signed
    const unsigned = { ...signed, certificate: { ...certificate, votes: [] } }
    const value = encodeStanding({ checkpoint: unsigned, proof })
    await expect(validate(standingKey(ann.peerId), value)).rejects.toMatchObject({ code: 'bad-certificate' })
  })

  it('are the only values', async () => {
    await expect(validate(textToBytes('/pk/x'), standing)).rejects.toMatchObject({ code: 'unsupported' })
    expect(Object.keys(validators).sort()).toEqual(['loremesh-rep', 'pk'])
  })

  it('of the highest checkpoint win', async () => {
    const key = standingKey(ann.peerId)
    expect(await selectors['loremesh-rep']?.(key, [standing, standing])).toBe(0)
  })
})
