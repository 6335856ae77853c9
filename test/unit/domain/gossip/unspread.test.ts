import { expect, it } from 'vitest'
import { createUnspread } from '../../../../src/domain/gossip/unspread.ts'

const wire = Uint8Array.of(1, 2, 3)

it('what is added is to be passed on once a topic', () => {
  const unspread = createUnspread<'a' | 'b' | 'c'>(10)
  unspread.add('entry', ['a', 'b'])
  expect([unspread.isDue('entry', 'a'), unspread.isDue('entry', 'c')]).toEqual([true, false])
  const taken = (['a', 'a', 'b', 'b', 'c'] as const).map((topic) => unspread.take('entry', topic))
  expect(taken).toEqual([true, false, true, false, false])
})

it('only the very bytes that were verified need not be verified again', () => {
  const unspread = createUnspread<'a'>(10)
  unspread.add('entry', ['a'], wire)
  unspread.add('fraud', ['a'])
  expect(unspread.isVerified('entry', wire.slice())).toBe(true)
  expect(unspread.isVerified('entry', wire.with(0, 9))).toBe(false)
  expect(unspread.isVerified('fraud', wire)).toBe(false)
  expect(unspread.isVerified('other', wire)).toBe(false)
})

it('the newest are remembered, so that memory is bounded', () => {
  const unspread = createUnspread<'a'>(2)
  for (const key of ['1', '2', '3']) unspread.add(key, ['a'])
  expect(['1', '2', '3'].map((key) => unspread.isDue(key, 'a'))).toEqual([false, true, true])
})
