import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { UploadLog } from '../../src/ports/upload-log.ts'
import type { OpenStore } from './open-store.ts'

/** What every upload log does; `spoil` makes what is stored unreadable. */
export function describeUploadLog(
  name: string,
  openLog: () => OpenStore<UploadLog> & { readonly spoil: () => void },
): void {
  describe(`upload log ${name}`, () => {
    let opened: ReturnType<typeof openLog>
    beforeEach(() => {
      opened = openLog()
    })
    afterEach(() => opened.close())

    it('knows nothing before something was noted', async () => {
      expect(await opened.store.load()).toBeUndefined()
    })

    it('gives back what was noted last, after it was opened again, too', async ({ skip }) => {
      await opened.store.save({ day: 20_000, bytes: 5 })
      await opened.store.save({ day: 20_001, bytes: 9_007_199_254_740_991 })
      expect(await opened.store.load()).toEqual({ day: 20_001, bytes: 9_007_199_254_740_991 })
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      expect(await (await reopen()).store.load()).toEqual({ day: 20_001, bytes: 9_007_199_254_740_991 })
    })

    it('begins anew when what is stored can’t be read', async () => {
      await opened.store.save({ day: 20_000, bytes: 5 })
      opened.spoil()
      expect(await opened.store.load()).toBeUndefined()
      await opened.store.save({ day: 20_000, bytes: 6 })
      expect(await opened.store.load()).toEqual({ day: 20_000, bytes: 6 })
    })
  })
}
