import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { gossipTopics, shardTopics } from '../../../src/domain/gossip/topics.ts'
import { ALLOWED_TOPICS, GOSSIP_SCORE, gossipMessageId, topicName } from '../../../src/protocols/gossip.ts'

const data = Uint8Array.of(1, 2, 3)

it('a shard has a topic beside the base topic of the ledger', () => {
  expect(topicName('contexts')).toBe('/loremesh/contexts/1')
  expect(topicName('ledger')).toBe('/loremesh/ledger/1')
  expect(shardTopics.map(topicName)).toEqual(
    Array.from({ length: 16 }, (_, n) => `/loremesh/ledger/1/${n.toString(16)}`),
  )
})

it('every topic is allowed, and invalid messages cost score on each of them', () => {
  expect(ALLOWED_TOPICS).toEqual(gossipTopics.map(topicName))
  expect(Object.keys(GOSSIP_SCORE.topics)).toEqual(ALLOWED_TOPICS)
  for (const score of Object.values(GOSSIP_SCORE.topics)) {
    expect([score.topicWeight, score.invalidMessageDeliveriesWeight]).toEqual([1, -1])
  }
})

it('a message has another id on every topic, so that who passes it on on one does so on the others', () => {
  const ids = ALLOWED_TOPICS.map((topic) => Buffer.from(gossipMessageId({ topic, data })).toString('hex'))
  expect(new Set(ids).size).toBe(ALLOWED_TOPICS.length)
  expect(ids[0]).toBe(createHash('sha256').update('/loremesh/contexts/1\0').update(data).digest('hex'))
})
