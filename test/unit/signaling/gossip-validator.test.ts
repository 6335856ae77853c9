import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createGossipValidator } from '../../../signaling/gossip-validator.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, signVote } from '../../../src/domain/ledger/certificate.ts'
import { openEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { encodeEnvelope } from '../../../src/domain/ledger/envelope.ts'
import { createAuthority } from '../../../signaling/authority.ts'
import { openAuthorityStore } from '../../../signaling/authority-store.ts'
import { encodeDescriptorBatches } from '../../../src/protocols/descriptors.ts'
import { encodeLedgerGossip } from '../../../src/protocols/ledger-gossip.ts'
import { testDescriptor } from '../../support/test-contexts.ts'

const server = createIdentity(new Uint8Array(32).fill(1))
const alice = createIdentity(new Uint8Array(32).fill(2))
const genesis = {
  name: 'test',
  createdAtMs: 1,
  authorities: [server.account],
  starterGrant: toMicroTokens(1_000n),
  pricePerKb: toMicroTokens(2_000_000n),
  paymentWindowMs: 300_000,
}
const nowMs = () => 1_000

function openValidator() {
  const authority = createAuthority({
    store: openAuthorityStore(':memory:'),
    identity: server,
    genesis,
    clock: { nowMs },
  })
  const validate = createGossipValidator({ authority, genesis, nowMs })
  let senders = 0
  /** Every message comes from another peer. */
  const judgeOn = (topic: 'contexts' | 'ledger', message: Uint8Array) =>
    validate(topic, message, `peer ${senders++}`)
  return { authority, judge: (message: Uint8Array) => judgeOn('ledger', message), judgeOn, validate }
}

const signed = signEntry(alice, openEntry(alice.account, genesis, 1_000))

it('spreads entries that are signed, and blames the sender of forged or malformed ones', async () => {
  const { judge, judgeOn } = openValidator()
  expect(await judge(encodeLedgerGossip({ type: 'entry', signed }))).toBe('accept')
  const wire = signed.wire.slice()
  wire[wire.length - 1] = (wire.at(-1) ?? 0) ^ 1
  expect(await judge(encodeLedgerGossip({ type: 'entry', signed: { ...signed, wire } }))).toBe('reject')
  expect(await judge(Uint8Array.of(0))).toBe('reject')
  expect(await judgeOn('contexts', Uint8Array.of(0))).toBe('reject')
})

it('drops entries from the future quietly', async () => {
  const future = signEntry(alice, openEntry(alice.account, genesis, 121_001))
  expect(await openValidator().judge(encodeLedgerGossip({ type: 'entry', signed: future }))).toBe('ignore')
})

it('drops messages of a later version quietly, for who forwards them is not to blame', async () => {
  const [, ...fields] = decodeCbor(signed.bytes) as CborValue[]
  const later = encodeEnvelope(encodeCbor([2, ...fields]), new Uint8Array(64))
  expect(await openValidator().judge(encodeCbor([1, later]))).toBe('ignore')
})

it('spreads a certificate of an entry that it knows, drops others quietly, and blames the sender of a forged one', async () => {
  const { authority, judge } = openValidator()
  const certificate = createCertificate(signed, [signVote({ sign: server.sign }, 0, signed)])
  const message = encodeLedgerGossip({ type: 'certificate', certificate })
  expect(await judge(message)).toBe('ignore')
  authority.vote(signed.wire)
  expect(await judge(message)).toBe('accept')
  const forged = createCertificate(signed, [{ authority: 0, signature: new Uint8Array(64) }])
  expect(await judge(encodeLedgerGossip({ type: 'certificate', certificate: forged }))).toBe('reject')
})

it('leaves turns to others while it judges a flood of descriptors', async () => {
  const { judgeOn } = openValidator()
  const descriptors = Array.from({ length: 100 }, (_, n) => testDescriptor(alice, n))
  const work = { isDone: false }
  const verdicts = Promise.all(
    encodeDescriptorBatches(descriptors).map((message) => judgeOn('contexts', message)),
  ).finally(() => (work.isDone = true))
  let turns = 0
  for (; !work.isDone; turns++) await setImmediate()
  expect(new Set(await verdicts)).toEqual(new Set(['accept']))
  expect(turns).toBeGreaterThanOrEqual(descriptors.length)
})

it('drops what comes while a thousand messages of a topic wait, but not of the other topic', async () => {
  const { judgeOn, judge } = openValidator()
  const waiting = Array.from({ length: 1_000 }, () => judgeOn('contexts', Uint8Array.of(0)))
  expect(await judgeOn('contexts', Uint8Array.of(0))).toBe('ignore')
  expect(await judge(encodeLedgerGossip({ type: 'entry', signed }))).toBe('accept')
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['reject']))
  expect(await judgeOn('contexts', Uint8Array.of(0))).toBe('reject')
})

it('blames the sender of a descriptor that its author did not sign', async () => {
  const { descriptor, wire } = testDescriptor(alice, 1)
  const forged = wire.slice()
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  const [message = new Uint8Array()] = encodeDescriptorBatches([{ descriptor, wire: forged }])
  expect(await openValidator().judgeOn('contexts', message)).toBe('reject')
})

it('drops what a peer sends beyond the rate quietly, and nothing of others', async () => {
  const { validate } = openValidator()
  const message = encodeLedgerGossip({ type: 'entry', signed })
  const flood = await Promise.all(Array.from({ length: 257 }, () => validate('ledger', message, 'bob')))
  expect(flood.filter((verdict) => verdict === 'accept')).toHaveLength(256)
  expect(await validate('ledger', message, 'bob')).toBe('ignore')
  expect(await validate('ledger', message, 'carl')).toBe('accept')
})
