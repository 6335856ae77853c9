import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeyStore } from '../../src/ports/key-store.ts'
import type { OpenStore } from './open-store.ts'

/** What every key store does. */
export function describeKeyStore(name: string, openStore: () => Promise<OpenStore<KeyStore>>): void {
  describe(`key store ${name}`, () => {
    let opened: OpenStore<KeyStore>
    beforeEach(async () => {
      opened = await openStore()
    })
    afterEach(() => opened.close())

    const seed = Uint8Array.from({ length: 32 }, (_, index) => index)

    it('has no seed before the first open', async () => {
      expect(await opened.store.loadSeed()).toBeUndefined()
    })

    it('gives back the seed that was saved', async () => {
      await opened.store.saveSeed(seed)
      expect(await opened.store.loadSeed()).toEqual(seed)
    })

    it('takes the same seed again', async () => {
      await opened.store.saveSeed(seed)
      await opened.store.saveSeed(seed.slice())
      expect(await opened.store.loadSeed()).toEqual(seed)
    })

    it('refuses to overwrite a different seed', async () => {
      await opened.store.saveSeed(seed)
      await expect(opened.store.saveSeed(new Uint8Array(32))).rejects.toMatchObject({ code: 'bad-input' })
      expect(await opened.store.loadSeed()).toEqual(seed)
    })

    it('keeps its seed when the caller wipes the array afterwards', async () => {
      const wiped = seed.slice()
      await opened.store.saveSeed(wiped)
      wiped.fill(0)
      expect(await opened.store.loadSeed()).toEqual(seed)
    })

    it('lets one of two different seeds saved at once win', async () => {
      const results = await Promise.allSettled([
        opened.store.saveSeed(seed),
        opened.store.saveSeed(new Uint8Array(32)),
      ])
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    })

    it('keeps the seed through closing and opening again', async ({ skip }) => {
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      await opened.store.saveSeed(seed)
      opened = await reopen()
      expect(await opened.store.loadSeed()).toEqual(seed)
    })
  })
}
