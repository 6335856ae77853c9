import { expect, it } from 'vitest'
import { availableBytes } from '../../../src/tab/available-bytes.ts'

const storage = (estimate: StorageEstimate) => ({ estimate: () => Promise.resolve(estimate) })

it('what is available is what the browser gives and is not used, never less than nothing', async () => {
  expect(await availableBytes(storage({ quota: 1_000, usage: 300 }))).toBe(700)
  expect(await availableBytes(storage({ quota: 1_000, usage: 1_300 }))).toBe(0)
})

it('a browser that does not say sets no limit', async () => {
  expect(await availableBytes(storage({}))).toBe(Infinity)
  expect(await availableBytes({ estimate: () => Promise.reject(new TypeError('No secure context')) })).toBe(
    Infinity,
  )
})
