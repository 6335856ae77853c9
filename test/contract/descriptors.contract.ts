import { describe, expect, it } from 'vitest'
import type { ContextStore } from '../../src/ports/context-store.ts'
import { ann, bob, me, sampleContext, sampleDescriptor } from './sample-records.ts'

const [one, two, three] = [sampleContext('one'), sampleContext('two'), sampleContext('three')]

/** What every context store does with descriptors. */
export function describeDescriptors(store: () => ContextStore): void {
  describe('descriptors', () => {
    it('come back exactly, with and without a vector', async () => {
      const withVector = sampleDescriptor(one.contextHash, me, 1)
      const without = sampleDescriptor(two.contextHash, ann, 2, false)
      await store().putDescriptors([withVector, without])
      expect(await store().getDescriptors([one.contextHash], me.account)).toEqual([withVector])
      expect(await store().getDescriptors([two.contextHash], ann.account)).toEqual([without])
      expect(await store().getDescriptors([three.contextHash], me.account)).toEqual([])
    })

    it('are kept once a context and author: the newest', async () => {
      await store().putDescriptors([
        sampleDescriptor(one.contextHash, ann, 5),
        sampleDescriptor(one.contextHash, ann, 7),
        sampleDescriptor(one.contextHash, ann, 6),
      ])
      await store().putDescriptors([sampleDescriptor(one.contextHash, ann, 4)])
      expect(await store().listDescriptors(10)).toEqual([sampleDescriptor(one.contextHash, ann, 7)])
      await store().putDescriptors([sampleDescriptor(one.contextHash, ann, 8)])
      expect(await store().listDescriptors(10)).toEqual([sampleDescriptor(one.contextHash, ann, 8)])
    })

    it('of several authors stand side by side, the newest first', async () => {
      await store().putDescriptors([
        sampleDescriptor(one.contextHash, ann, 5),
        sampleDescriptor(one.contextHash, bob, 9),
        sampleDescriptor(one.contextHash, me, 7),
        sampleDescriptor(two.contextHash, ann, 8),
      ])
      const all = [two, three, one].map(({ contextHash }) => contextHash)
      expect(await store().getDescriptors(all, ann.account)).toEqual([
        sampleDescriptor(two.contextHash, ann, 8),
        sampleDescriptor(one.contextHash, ann, 5),
      ])
      expect(await store().getDescriptors(all, bob.account)).toEqual([
        sampleDescriptor(one.contextHash, bob, 9),
      ])
      expect(await store().getDescriptors([], bob.account)).toEqual([])
      const times = (await store().listDescriptors(3)).map((signed) => signed.descriptor.createdAtMs)
      expect(times).toEqual([9, 8, 7])
    })

    it('are removed one by one, by context and author', async () => {
      await store().putDescriptors([
        sampleDescriptor(one.contextHash, ann, 1),
        sampleDescriptor(one.contextHash, bob, 2),
        sampleDescriptor(two.contextHash, ann, 3),
      ])
      await store().deleteDescriptors([
        { contextHash: one.contextHash, author: ann.account },
        { contextHash: two.contextHash, author: bob.account },
      ])
      expect(await store().listDescriptors(10)).toEqual([
        sampleDescriptor(two.contextHash, ann, 3),
        sampleDescriptor(one.contextHash, bob, 2),
      ])
    })
  })
}
