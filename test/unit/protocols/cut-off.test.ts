import { expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { shardTopics } from '../../../src/domain/gossip/topics.ts'
import {
  BREACH_RATE,
  createCutOff,
  EXCESS_RATE,
  isBreach,
  MAX_INBOUND_STREAMS,
} from '../../../src/protocols/cut-off.ts'
import {
  CUT_OFF_MS,
  CUT_OFF_SCORE,
  SENDER_BYTE_RATE,
  SENDER_RATE,
  SHARD_SENDER_RATE,
} from '../../../src/protocols/gossip.ts'

type Listener = (event: { readonly data: { readonly byteLength: number } }) => void

/** A gossip stream that is read already. */
function openStream(part: { readonly protocol?: string; readonly direction?: 'inbound' | 'outbound' } = {}) {
  const listeners: Listener[] = [() => undefined]
  return {
    protocol: '/meshsub/1.2.0',
    direction: 'inbound' as const,
    ...part,
    listenerCount: () => listeners.length,
    addEventListener: (_type: string, listener: Listener) => void listeners.push(listener),
    receive: (byteLength: number) => listeners.forEach((listener) => listener({ data: { byteLength } })),
  }
}

/** A cut-off over a node that is linked to ann and bob, and the links that it ended. */
function open(spared?: ReadonlySet<string>) {
  const time = { ms: 0 }
  const scores = new Map<string, number>()
  const ended: string[] = []
  const streams = { ann: openStream(), bob: openStream() }
  /** Streams besides. */
  const more = { ann: [] as ReturnType<typeof openStream>[], bob: [] as ReturnType<typeof openStream>[] }
  const node = {
    getConnections: () =>
      Object.entries(streams).map(([remotePeer, stream]) => ({
        remotePeer,
        streams: [stream, ...more[remotePeer as keyof typeof more]],
        abort: () => void ended.push(remotePeer),
      })),
    services: {
      pubsub: { getPeers: () => Object.keys(streams), getScore: (peer: string) => scores.get(peer) ?? 0 },
    },
  }
  const cutOff = createCutOff({ node, monotonicMs: () => time.ms, ...(spared && { spared }) })
  return { ...cutOff, time, scores, ended, streams, more }
}

it('cuts off whose score is too low, for a while', () => {
  const { review, isCutOff, scores, ended, time } = open()
  scores.set('ann', CUT_OFF_SCORE)
  review()
  expect([ended, isCutOff('ann')]).toEqual([[], false])
  scores.set('ann', CUT_OFF_SCORE - 1)
  review()
  expect([ended, isCutOff('ann'), isCutOff('bob')]).toEqual([['ann'], true, false])
  time.ms = CUT_OFF_MS
  expect(isCutOff('ann')).toBe(false)
})

it('cuts off whoever sends more messages than an honest node', () => {
  const { takeMessage, isCutOff, ended } = open()
  for (let n = 0; n < SENDER_RATE.burst; n++) expect(takeMessage('ann', 'ledger')).toBe(true)
  expect([takeMessage('ann', 'ledger'), isCutOff('ann'), ended]).toEqual([false, true, ['ann']])
  expect(takeMessage('bob', 'ledger')).toBe(true)
})

it('counts messages of every shard for themselves, and cuts off as fast for one of them', () => {
  const { takeMessage, isCutOff } = open()
  for (let n = 0; n < SENDER_RATE.burst; n++) takeMessage('ann', 'ledger')
  for (const topic of shardTopics) {
    for (let n = 0; n < SHARD_SENDER_RATE.burst; n++) expect(takeMessage('ann', topic)).toBe(true)
  }
  expect(isCutOff('ann')).toBe(false)
  expect([takeMessage('ann', 'ledger/3'), isCutOff('ann'), isCutOff('bob')]).toEqual([false, true, false])
})

it('cuts off whoever sends more bytes of gossip, known messages included', () => {
  const { review, isCutOff, streams } = open()
  review()
  review()
  streams.ann.receive(SENDER_BYTE_RATE.burst * 16_384)
  expect(isCutOff('ann')).toBe(false)
  streams.ann.receive(16_383)
  expect(isCutOff('ann')).toBe(false)
  streams.ann.receive(1)
  expect([isCutOff('ann'), isCutOff('bob')]).toEqual([true, false])
})

it('counts neither other protocols nor what this node sends', () => {
  const { review, isCutOff, streams } = open()
  streams.ann = openStream({ protocol: '/loremesh/fetch/1.0.0' })
  streams.bob = openStream({ direction: 'outbound' })
  review()
  for (const stream of Object.values(streams)) stream.receive(SENDER_BYTE_RATE.burst * 32_768)
  expect([isCutOff('ann'), isCutOff('bob')]).toEqual([false, false])
})

it('leaves the links of spared peers, and takes no more of them either', () => {
  const { takeMessage, review, isCutOff, scores, ended } = open(new Set(['ann']))
  for (let n = 0; n < SENDER_RATE.burst; n++) takeMessage('ann', 'ledger')
  expect(takeMessage('ann', 'ledger')).toBe(false)
  scores.set('ann', CUT_OFF_SCORE - 1)
  review()
  expect([isCutOff('ann'), ended]).toEqual([false, []])
})

it.each([
  ['breaks protocols again and again', BREACH_RATE, 'noteBreach'],
  ['goes on asking when it may not', EXCESS_RATE, 'noteExcess'],
] as const)('cuts off whoever %s, and forgives who does so seldom', (_, { burst, perSecond }, note) => {
  const { isCutOff, time, ...cutOff } = open()
  for (let n = 0; n < burst; n++) cutOff[note]('ann')
  time.ms += 1_000 / perSecond
  cutOff[note]('ann')
  expect(isCutOff('ann')).toBe(false)
  cutOff[note]('ann')
  expect([isCutOff('ann'), isCutOff('bob')]).toEqual([true, false])
})

it('cuts off whoever has too many streams open', () => {
  const { review, isCutOff, more } = open()
  more.ann.push(...Array.from({ length: MAX_INBOUND_STREAMS }, () => openStream({ protocol: '' })))
  more.bob.push(...Array.from({ length: MAX_INBOUND_STREAMS }, () => openStream({ direction: 'outbound' })))
  review()
  expect([isCutOff('ann'), isCutOff('bob')]).toEqual([true, false])
})

it('takes for a breach what no honest peer does', () => {
  const codes = ['bad-encoding', 'message-too-large', 'timeout', 'truncated', 'internal'] as const
  expect(codes.map((code) => isBreach(new LoremeshError(code, '')))).toEqual([true, true, true, false, false])
})
