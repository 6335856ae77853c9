import { expect, it } from 'vitest'
import { withNativeSigning } from '../../../signaling/native-signatures.ts'
import { ann } from '../../support/ledger.ts'

it('an identity with native signing signs as the identity does', () => {
  const native = withNativeSigning(ann)
  for (const length of [0, 1, 32, 1_000]) {
    const message = new Uint8Array(length).fill(length)
    expect(native.sign(message)).toEqual(ann.sign(message))
  }
  expect(native.peerId).toBe(ann.peerId)
})
