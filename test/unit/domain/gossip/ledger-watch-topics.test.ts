import { expect, it } from 'vitest'
import { createLedgerWatch, type Verdict } from '../../../../src/domain/gossip/ledger-watch.ts'
import { shardTopicOf, shardTopics, type GossipTopic } from '../../../../src/domain/gossip/topics.ts'
import type { SignatureVerifier } from '../../../../src/domain/identity/signature.ts'
import { ann, bob, genesis, START_MS } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import { certificateOf } from '../../../support/slot-entries.ts'
import { certificate, entry, pay } from './watch-fixture.ts'

/** A watch, and the frauds that it told. */
function open(verify: SignatureVerifier['verify'] = referenceVerifier.verify) {
  const frauds: string[] = []
  const watch = createLedgerWatch(
    { genesis, verifier: { ...referenceVerifier, verify }, nowMs: () => START_MS },
    { onFraud: (fraud) => frauds.push(fraud.type) },
  )
  return { ...watch, frauds }
}

const shard = shardTopicOf(ann.account)
const other: GossipTopic = shardTopics.find((topic) => topic !== shard) ?? 'proofs'
const forgedPay = { ...pay(1), signature: new Uint8Array(64), wire: pay(1).wire.with(-1, 0).with(-2, 0) }

it.each([
  ['an entry', entry(pay(1))],
  ['a certificate', certificate(pay(1))],
])('%s is passed on once on each of its two topics, whichever comes first', async (_, news) => {
  const orders: readonly (readonly GossipTopic[])[] = [
    ['ledger', shard],
    [shard, 'ledger'],
  ]
  for (const topics of orders) {
    const { judge } = open()
    const verdicts: Verdict[] = []
    for (const topic of [...topics, ...topics, other]) verdicts.push(await judge(news, topic))
    expect(verdicts).toEqual(['accept', 'accept', 'ignore', 'ignore', 'ignore'])
  }
})

it('news are verified once', async () => {
  let verified = 0
  const { judge } = open((messages) => {
    verified++
    return referenceVerifier.verify(messages)
  })
  for (const topic of ['ledger', shard] as const) {
    for (const news of [entry(pay(1)), certificate(pay(1))]) await judge(news, topic)
  }
  expect(verified).toBe(2)
})

it('what is known is verified again when its signature is another one, so that a forged one costs score', async () => {
  const { judge } = open()
  expect(await judge(entry(pay(1)), 'ledger')).toBe('accept')
  expect(await judge(entry(forgedPay), shard)).toBe('reject')
  expect(await judge(entry(pay(1)), shard)).toBe('accept')
  const twice = certificateOf(pay(2, 6), [[0, bob]])
  expect(await judge(certificate(pay(2, 6)), shard)).toBe('accept')
  expect(await judge({ type: 'certificate', certificate: twice }, 'ledger')).toBe('reject')
  expect(await judge(certificate(pay(2, 6)), 'ledger')).toBe('accept')
})

it('what was offered here is passed on when it comes on a topic before it was told there', async () => {
  const { judge, note } = open()
  note(pay(1))
  expect(await judge(entry(pay(1)), shard)).toBe('accept')
  expect(await judge(entry(pay(1)), shard)).toBe('ignore')
  expect(await judge(entry(pay(1)), 'ledger')).toBe('accept')
})

it('an entry is not passed on any more when it can not become certified since', async () => {
  const { judge } = open()
  expect(await judge(entry(pay(1)), 'ledger')).toBe('accept')
  expect(await judge(entry(pay(2)), 'ledger')).toBe('ignore')
  expect(await judge(entry(pay(1)), shard)).toBe('ignore')
})

it('a fork is proven, whatever topics its two entries came on', async () => {
  const { judge, isFrozen, frauds } = open()
  await judge(entry(pay(1)), shard)
  await judge(entry(pay(2)), 'ledger')
  await judge(entry(pay(2)), shard)
  expect([isFrozen(ann.account), frauds]).toEqual([true, ['fork-proof']])
})
