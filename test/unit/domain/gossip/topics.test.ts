import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  gossipTopics,
  isLedgerTopic,
  ledgerTopics,
  shardTopicOf,
  shardTopics,
} from '../../../../src/domain/gossip/topics.ts'
import { toAccount } from '../../../../src/domain/identity/account.ts'

const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 })

it('the shard of an account is the first hex digit of the SHA-256 of its key', () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const [digit = ''] = createHash('sha256').update(key).digest('hex')
      expect(shardTopicOf(toAccount(key))).toBe(`ledger/${digit}`)
    }),
  )
})

it('every account belongs to one of the sixteen shards, and accounts are spread over all of them evenly', () => {
  const counts = new Map<string, number>()
  for (let n = 0; n < 4_096; n++) {
    const key = new Uint8Array(32)
    new DataView(key.buffer).setUint32(0, n)
    const topic = shardTopicOf(toAccount(key))
    counts.set(topic, (counts.get(topic) ?? 0) + 1)
  }
  expect([...counts.keys()].sort()).toEqual([...shardTopics])
  expect(Math.min(...counts.values())).toBeGreaterThan(192)
  expect(Math.max(...counts.values())).toBeLessThan(320)
})

it('the ledger has a base topic and sixteen others, and the other subjects one topic each', () => {
  expect(ledgerTopics).toHaveLength(17)
  expect(gossipTopics.filter((topic) => !isLedgerTopic(topic))).toEqual(['contexts', 'proofs', 'checkpoints'])
  expect(new Set(gossipTopics).size).toBe(20)
})
