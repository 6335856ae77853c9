import { describe, expect, it } from 'vitest'
import { subjectOf, verdictOnError, type LedgerNews } from '../../../src/domain/gossip/ledger-watch.ts'
import { shardTopicOf, shardTopics } from '../../../src/domain/gossip/topics.ts'
import { encodeCbor } from '../../../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { proveDoubleVote } from '../../../src/domain/ledger/double-vote.ts'
import { proveFork } from '../../../src/domain/ledger/fork-proof.ts'
import { MAX_FRAUD_PROOF_BYTES } from '../../../src/domain/ledger/fraud-proof.ts'
import { GOSSIP_TOPICS, MAX_GOSSIP_BYTES } from '../../../src/protocols/gossip.ts'
import { encodeLedgerGossip, parseLedgerGossip } from '../../../src/protocols/ledger-gossip.ts'
import { ann, codeOf, expectRefusal } from '../../support/ledger.ts'
import { certificateOf, entryAt, operations } from '../../support/slot-entries.ts'
import { sampleCheckpoint } from '../../support/checkpoint-samples.ts'

const [pay, other] = [entryAt(ann, 5, operations.pay(1)), entryAt(ann, 5, operations.pay(2))]
const vote = (signed: typeof pay) => ({ signed, signature: new Uint8Array(64).fill(1) })

/** What must not be missing. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Missing')
  return value
}

const news: readonly LedgerNews[] = [
  { type: 'entry', signed: pay },
  { type: 'certificate', certificate: certificateOf(pay) },
  {
    type: 'fork-proof',
    proof: present(
      proveFork({ signed: pay, certificate: undefined }, { signed: other, certificate: undefined }),
    ),
  },
  { type: 'double-vote', evidence: present(proveDoubleVote(0, vote(pay), vote(other))) },
  { type: 'checkpoint', checkpoint: sampleCheckpoint().signed },
]

describe.each(news.map((one) => [one.type, one] as const))('gossip of type %s', (_, one) => {
  it('comes back as it was sent, on the topic of its subject', () => {
    const message = encodeLedgerGossip(one)
    expect(parseLedgerGossip(message, subjectOf(one))).toEqual(one)
    expect(message.length).toBeLessThanOrEqual(MAX_GOSSIP_BYTES)
  })

  it('is refused by a name when it breaks off or is changed anywhere', () => {
    const message = encodeLedgerGossip(one)
    for (let at = 0; at < message.length; at += 7) {
      expectRefusal(() => parseLedgerGossip(message.slice(0, at), subjectOf(one)), 'bad-encoding')
      const changed = message.with(at, (message[at] ?? 0) ^ 0x80)
      codeOf(() => parseLedgerGossip(changed, subjectOf(one)))
    }
  })
})

it('has a topic for every subject', () => {
  expect(GOSSIP_TOPICS).toEqual({
    contexts: '/loremesh/contexts/1',
    ledger: '/loremesh/ledger/1',
    proofs: '/loremesh/proofs/1',
    checkpoints: '/loremesh/checkpoints/1',
  })
})

it('refuses on the topic of a shard what belongs to another one, which costs its sender score', () => {
  for (const one of news.slice(0, 2)) {
    const message = encodeLedgerGossip(one)
    for (const topic of shardTopics) {
      if (topic === shardTopicOf(ann.account)) expect(parseLedgerGossip(message, topic)).toEqual(one)
      else expectRefusal(() => parseLedgerGossip(message, topic), 'bad-input')
    }
  }
  expect(verdictOnError(new LoremeshError('bad-input', 'The account belongs to another shard'))).toBe(
    'reject',
  )
  for (const one of news.slice(2)) {
    codeOf(() => parseLedgerGossip(encodeLedgerGossip(one), shardTopicOf(ann.account)))
  }
})

it('refuses what is too large before it is decoded, and what belongs to another topic', () => {
  expectRefusal(() => parseLedgerGossip(new Uint8Array(MAX_GOSSIP_BYTES + 1)), 'message-too-large')
  const large = new Uint8Array(MAX_FRAUD_PROOF_BYTES + 1)
  expectRefusal(() => parseLedgerGossip(large, 'proofs'), 'message-too-large')
  expectRefusal(() => parseLedgerGossip(large, 'checkpoints'), 'message-too-large')
  expectRefusal(() => parseLedgerGossip(encodeCbor([3, pay.wire])), 'bad-encoding')
  expectRefusal(() => parseLedgerGossip(encodeCbor([1, pay.wire]), 'checkpoints'), 'bad-encoding')
})
