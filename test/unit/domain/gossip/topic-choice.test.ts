import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  CHOICE_RULE,
  createTopicChoice,
  type LedgerInterests,
} from '../../../../src/domain/gossip/topic-choice.ts'
import { shardTopicOf, shardTopics, type LedgerTopic } from '../../../../src/domain/gossip/topics.ts'
import { toAccount, type Account } from '../../../../src/domain/identity/account.ts'

const REVIEW_MS = 5_000

/** One account of every shard, in the order of the shards. */
const accounts: readonly Account[] = shardTopics.map((topic) => {
  for (let n = 0; ; n++) {
    const key = new Uint8Array(32)
    new DataView(key.buffer).setUint32(0, n)
    if (shardTopicOf(toAccount(key)) === topic) return toAccount(key)
  }
})
const own = accounts.slice(0, 1)
const tab: LedgerInterests = { keepsLedger: false, required: own, wished: [] }

/** A choice in a network with a rate of entries, of which every shard has a sixteenth. */
function open(interests = tab) {
  const time = { ms: 0 }
  const choice = createTopicChoice(() => time.ms)
  const topics = () => choice.choose(interests)
  let listened = topics()
  return {
    topics: () => [...listened].sort(),
    /** Lets `perSecond` entries come, on the topics that are listened to, for some time. */
    pass(seconds: number, perSecond: number): void {
      for (let second = 0; second < seconds; second++) {
        for (const topic of listened) {
          const count = topic === 'ledger' ? perSecond : perSecond / shardTopics.length
          for (let n = 0; n < count; n++) choice.note(topic)
        }
        time.ms += 1_000
        if (time.ms % REVIEW_MS !== 0) continue
        choice.review(interests.keepsLedger)
        listened = topics()
      }
    },
  }
}

it('a peer listens to the whole ledger as long as that is at most 50 entries a second', () => {
  const { pass, topics } = open()
  pass(600, 50)
  expect(topics()).toEqual(['ledger'])
})

it('above it, it listens to the shard of its own account, and leaves the base topic a while later', () => {
  const { pass, topics } = open()
  pass(35, 64)
  expect(topics()).toEqual(['ledger', 'ledger/0'])
  pass(35, 64)
  expect(topics()).toEqual(['ledger/0'])
})

it('a short burst changes nothing, for rates are averages', () => {
  const { pass, topics } = open()
  pass(10, 120)
  pass(600, 10)
  expect(topics()).toEqual(['ledger'])
})

it('it comes back when the whole ledger is below 25 entries a second for a minute, and not before', () => {
  const { pass, topics } = open()
  pass(120, 64)
  pass(600, 32)
  expect(topics()).toEqual(['ledger/0'])
  pass(60, 16)
  expect(topics()).toEqual(['ledger/0'])
  pass(45, 16)
  expect(topics()).toContain('ledger')
  pass(60, 16)
  expect(topics()).toEqual(['ledger'])
})

it('a busy moment begins the minute anew', () => {
  const { pass, topics } = open()
  pass(120, 64)
  for (let n = 0; n < 10; n++) {
    pass(50, 16)
    pass(25, 160)
  }
  expect(topics()).toEqual(['ledger/0'])
})

it('whoever keeps the ledger listens to the base topic always, and to what matters most besides', () => {
  const { pass, topics } = open({ ...tab, keepsLedger: true })
  pass(120, 64)
  expect(topics()).toEqual(['ledger', 'ledger/0'])
  pass(120, 16)
  expect(topics()).toEqual(['ledger'])
})

it('what is wished is listened to in its order, in eight shards at most, and all that is required', () => {
  const few = open({ ...tab, wished: accounts.slice(3) })
  few.pass(120, 64)
  expect(few.topics()).toEqual(['ledger/0', ...shardTopics.slice(3, 10)])
  const many = open({ ...tab, required: accounts.slice(0, 12), wished: accounts.slice(12) })
  many.pass(120, 64)
  expect(many.topics()).toEqual(shardTopics.slice(0, 12))
})

it('a topic that is chosen no more is listened to a little longer', () => {
  let nowMs = 0
  const choice = createTopicChoice(() => nowMs, { ...CHOICE_RULE, leaveAbove: -1 })
  choice.review(false)
  choice.choose({ ...tab, wished: accounts.slice(5, 6) })
  nowMs = CHOICE_RULE.holdMs
  expect(choice.choose(tab)).toEqual(new Set(['ledger/0', 'ledger/5']))
  nowMs++
  expect(choice.choose(tab)).toEqual(new Set(['ledger/0']))
})

it('the topics always hold all accounts of which nothing may be missed, and either base topic or shards', () => {
  const some = fc.subarray([...accounts])
  const step = fc.record({
    required: some,
    wished: some,
    keepsLedger: fc.boolean(),
    seconds: fc.integer({ min: 1, max: 40 }),
    perSecond: fc.integer({ min: 0, max: 130 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let nowMs = 0
      const choice = createTopicChoice(() => nowMs)
      let listened: ReadonlySet<LedgerTopic> = choice.choose(tab)
      for (const { seconds, perSecond, ...interests } of steps) {
        for (let n = 0; n < seconds * perSecond; n++) for (const topic of listened) choice.note(topic)
        nowMs += seconds * 1_000
        const isSharded = choice.review(interests.keepsLedger)
        listened = choice.choose(interests)
        const heard = interests.required.filter((account) => listened.has(shardTopicOf(account)))
        expect(listened.has('ledger') || heard.length === interests.required.length).toBe(true)
        expect(isSharded || listened.has('ledger')).toBe(true)
        expect(!interests.keepsLedger || listened.has('ledger')).toBe(true)
      }
    }),
  )
})
