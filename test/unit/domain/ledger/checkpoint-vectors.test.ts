import { expect, it } from 'vitest'
import { bytesToHexText, hexTextToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import {
  encodeAccountProof,
  parseAccountProof,
  verifyAccountProof,
} from '../../../../src/domain/ledger/account-proof.ts'
import {
  encodeSignedCheckpoint,
  parseSignedCheckpoint,
  verifyCheckpoint,
} from '../../../../src/domain/ledger/checkpoint-certificate.ts'
import { factsMatch } from '../../../../src/domain/ledger/checkpoint.ts'
import { encodeFacts, parseFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import { sampleCheckpoint } from '../../../support/checkpoint-samples.ts'
import { genesis } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import vectors from '../../../vectors/checkpoint.json' with { type: 'json' }

it('writes a checkpoint, its facts and the proofs of its accounts as the vectors say', () => {
  const { leaves, tree, facts, signed } = sampleCheckpoint()
  expect({
    hash: signed.hash,
    wire: bytesToHexText(encodeSignedCheckpoint(signed)),
    facts: bytesToHexText(encodeFacts(facts)),
    proofs: leaves.map(({ account }) => {
      const proof = tree.proofOf(account)
      return proof && bytesToHexText(encodeAccountProof(proof))
    }),
  }).toEqual(vectors)
})

it('verifies the checkpoint, the facts and the proofs of the vectors', async () => {
  const checkpoint = parseSignedCheckpoint(hexTextToBytes(vectors.wire))
  await verifyCheckpoint(checkpoint, genesis, referenceVerifier, [])
  const facts = parseFacts(hexTextToBytes(vectors.facts))
  const before = { minted: ZERO_TOKENS, parameters: genesis, removals: [] }
  expect(factsMatch(before, checkpoint.header, facts)).toBe(true)
  for (const wire of vectors.proofs) {
    verifyAccountProof(parseAccountProof(hexTextToBytes(wire)), checkpoint.header)
  }
})
