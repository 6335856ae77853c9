import { expect, it } from 'vitest'
import { createFairQueue, type FairQueueLimits } from '../../../../src/domain/kernel/fair-queue.ts'
import { createManualClock } from '../../../support/manual-clock.ts'

/** A queue whose jobs end when the test says so, and what was begun in it. */
function open(limits: Partial<FairQueueLimits> = {}) {
  const clock = createManualClock()
  const queue = createFairQueue(
    { parallel: 1, waiting: 8, rate: { burst: 1_000, perSecond: 10 }, ...limits },
    clock,
  )
  const begun: string[] = []
  const ends: (() => void)[] = []
  return {
    clock,
    queue,
    begun,
    /** Asks for a job; it resolves with its name, or with undefined when it is turned away. */
    ask: (key: string, name = key) =>
      queue.run(key, () => {
        begun.push(name)
        return new Promise<string>((resolve) => ends.push(() => resolve(name)))
      }),
    /** Ends the jobs under way, one after another, until none is left. */
    async finish() {
      for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
        end()
        await clock.advance(0)
      }
    },
  }
}

it('takes one job of every key in turn, in the order in which they came', async () => {
  const { ask, begun, finish } = open()
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) void ask(name.charAt(0), name)
  await finish()
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2'])
})

it('gives a job’s result, or what it fails with, to whoever asked for it', async () => {
  const { queue } = open()
  expect(await queue.run('a', () => 1)).toBe(1)
  await expect(queue.run('a', () => Promise.reject(new Error('Broken')))).rejects.toThrow('Broken')
  const throwing = (): number => {
    throw new Error('Broken too')
  }
  await expect(queue.run('a', throwing)).rejects.toThrow('Broken too')
  expect(await queue.run('a', () => 2)).toBe(2)
})

it('turns away the newest job of the key with most of them when too many wait', async () => {
  const { ask, begun, finish } = open({ waiting: 3 })
  const results = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1'].map((name) => ask(name.charAt(0), name))
  await finish()
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1'])
  expect(await Promise.all(results)).toEqual(['a1', 'a2', undefined, undefined, 'b1', 'c1'])
})

it('does no more jobs at a time than it may', async () => {
  const { ask, begun, finish } = open({ parallel: 2 })
  for (const key of ['a', 'b', 'c']) void ask(key)
  expect(begun).toEqual(['a', 'b'])
  await finish()
  expect(begun).toEqual(['a', 'b', 'c'])
})

it('begins no more jobs than its rate allows, and goes on by itself', async () => {
  const { clock, queue } = open({ rate: { burst: 2, perSecond: 10 } })
  let done = 0
  for (let n = 0; n < 8; n++) void queue.run('a', () => done++)
  await clock.advance(0)
  expect(done).toBe(2)
  await clock.advance(300)
  expect(done).toBe(5)
})

it('serves whoever asks little fully, however many others flood it', async () => {
  const { clock, queue } = open({ waiting: 40, rate: { burst: 10, perSecond: 100 } })
  let served = 0
  for (let second = 0; second < 10; second++) {
    for (const flooder of ['x', 'y', 'z']) {
      for (let n = 0; n < 500; n++) void queue.run(flooder, () => undefined)
    }
    for (let n = 0; n < 10; n++) {
      void queue.run('honest', () => served++)
      await clock.advance(100)
    }
  }
  await clock.advance(1_000)
  expect(served).toBe(100)
})
