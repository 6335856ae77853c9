import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createGossipValidator } from '../../../signaling/gossip-validator.ts'
import { createWebCryptoSignatureVerifier } from '../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import type { GossipTopic } from '../../../src/domain/gossip/topics.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { encodeEnvelope } from '../../../src/domain/ledger/envelope.ts'
import { proveFork } from '../../../src/domain/ledger/fork-proof.ts'
import type { FraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { encodeDescriptorBatches } from '../../../src/protocols/descriptors.ts'
import { encodeLedgerGossip } from '../../../src/protocols/ledger-gossip.ts'
import { ann, bob, cat, genesis, START_MS } from '../../support/ledger.ts'
import { certificateOf, entryAt, operations } from '../../support/slot-entries.ts'
import { testDescriptor } from '../../support/test-contexts.ts'

function openValidator() {
  const frauds: (readonly [FraudProof['type'], boolean])[] = []
  const validator = createGossipValidator(
    { genesis, verifier: createWebCryptoSignatureVerifier(), nowMs: () => START_MS },
    { onFraud: (fraud, isOwn) => frauds.push([fraud.type, isOwn]) },
  )
  let senders = 0
  /** Every message comes from another peer. */
  const judgeOn = (topic: GossipTopic, message: Uint8Array) =>
    validator.validate(topic, message, `peer ${senders++}`)
  return { ...validator, frauds, judge: (message: Uint8Array) => judgeOn('ledger', message), judgeOn }
}

const signed = entryAt(ann, 5)
const message = encodeLedgerGossip({ type: 'entry', signed })

it('spreads entries that are signed, and blames the sender of forged or malformed ones', async () => {
  const { judge, judgeOn } = openValidator()
  expect(await judge(message)).toBe('accept')
  const wire = signed.wire.with(-1, (signed.wire.at(-1) ?? 0) ^ 1)
  expect(await openValidator().judge(encodeCbor([1, wire]))).toBe('reject')
  for (const subject of ['contexts', 'ledger', 'proofs', 'checkpoints'] as const) {
    expect(await judgeOn(subject, Uint8Array.of(0))).toBe('reject')
  }
})

it('drops entries from the future quietly', async () => {
  const signed = entryAt(ann, 5, operations.pay(1), { timestampMs: START_MS + 120_001 })
  expect(await openValidator().judge(encodeLedgerGossip({ type: 'entry', signed }))).toBe('ignore')
})

it('drops messages of a later version quietly, for who forwards them is not to blame', async () => {
  const [, ...fields] = decodeCbor(signed.bytes) as CborValue[]
  const later = encodeEnvelope(encodeCbor([2, ...fields]), new Uint8Array(64))
  expect(await openValidator().judge(encodeCbor([1, later]))).toBe('ignore')
})

it('spreads a certificate before its entry or after, and blames the sender of a forged one', async () => {
  const { judge } = openValidator()
  const certificate = certificateOf(signed)
  expect(await judge(encodeLedgerGossip({ type: 'certificate', certificate }))).toBe('accept')
  expect(await judge(message)).toBe('accept')
  const forged = certificateOf(signed, [[0, bob]])
  const { judge: judgeAnew } = openValidator()
  expect(await judgeAnew(encodeLedgerGossip({ type: 'certificate', certificate: forged }))).toBe('reject')
})

it('says which frauds it learns of, and which of them nobody else may know', async () => {
  const { judge, judgeOn, frauds, isFrozen } = openValidator()
  const other = entryAt(ann, 5, operations.pay(1))
  await judge(message)
  await judge(encodeLedgerGossip({ type: 'entry', signed: other }))
  const [one, two] = [1, 2].map((number) => entryAt(bob, 5, operations.pay(number)))
  if (one === undefined || two === undefined) throw new Error('No entries')
  const proof = proveFork({ signed: one, certificate: undefined }, { signed: two, certificate: undefined })
  if (proof === undefined) throw new Error('No proof')
  await judgeOn('proofs', encodeLedgerGossip({ type: 'fork-proof', proof }))
  expect(frauds).toEqual([
    ['fork-proof', true],
    ['fork-proof', false],
  ])
  expect([ann, bob, cat].map(({ account }) => isFrozen(account))).toEqual([true, true, false])
})

it('leaves turns to others while it judges a flood of descriptors', async () => {
  const { judgeOn } = openValidator()
  const descriptors = Array.from({ length: 100 }, (_, n) => testDescriptor(ann, n))
  const work = { isDone: false }
  const verdicts = Promise.all(
    encodeDescriptorBatches(descriptors).map((batch) => judgeOn('contexts', batch)),
  ).finally(() => (work.isDone = true))
  let turns = 0
  for (; !work.isDone; turns++) await setImmediate()
  expect(new Set(await verdicts)).toEqual(new Set(['accept']))
  expect(turns).toBeGreaterThanOrEqual(10)
})

it('blames the sender of a descriptor that its author did not sign, and drops future ones quietly', async () => {
  const { judgeOn } = openValidator()
  const { descriptor, wire } = testDescriptor(ann, 1)
  const forged = wire.with(-1, (wire.at(-1) ?? 0) ^ 1)
  const [batch = new Uint8Array()] = encodeDescriptorBatches([{ descriptor, wire: forged }])
  expect(await judgeOn('contexts', batch)).toBe('reject')
  const future = signDescriptor(ann, { ...descriptor, createdAtMs: START_MS + 120_001 })
  const [later = new Uint8Array()] = encodeDescriptorBatches([future])
  expect(await judgeOn('contexts', later)).toBe('ignore')
})

it('judges as much of a flood as it has time for, and everything of others', async () => {
  const { validate } = openValidator()
  const flood = Array.from({ length: 3_000 }, () => validate('ledger', message, 'bob'))
  const other = encodeLedgerGossip({ type: 'entry', signed: entryAt(cat, 5) })
  expect(await validate('ledger', other, 'carl')).toBe('accept')
  expect((await Promise.all(flood)).filter((verdict) => verdict === 'accept')).toHaveLength(1)
})
