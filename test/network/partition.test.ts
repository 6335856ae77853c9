import { expect, test } from 'vitest'
import { measurePartition } from '../../bench/network/partition.ts'

test('halves that were parted for seconds know the same again, and answer each other', async () => {
  const { figures, failures } = await measurePartition({ peers: 4, splitMs: 3_000 })
  expect(failures).toEqual([])
  expect(figures).toMatchObject({ partedPeers: { value: 2 }, answeredAcross: { value: 1 } })
})
