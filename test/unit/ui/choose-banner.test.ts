import { describe, expect, it } from 'vitest'
import { chooseBanner, type BannerFacts } from '../../../src/ui/frame/choose-banner.ts'

const calm: BannerFacts = {
  updateAvailable: false,
  isOnline: true,
  notice: '',
  installAvailable: false,
  contextsServed: 0,
  dismissed: new Set(),
}

describe('the banner', () => {
  it('is absent when all is well', () => {
    expect(chooseBanner(calm)).toBeNull()
  })

  it('is only the most urgent one', () => {
    const all = {
      ...calm,
      updateAvailable: true,
      isOnline: false,
      notice: 'x',
      installAvailable: true,
      contextsServed: 1,
    }
    expect(chooseBanner(all)).toBe('update')
    expect(chooseBanner({ ...all, updateAvailable: false })).toBe('offline')
    expect(chooseBanner({ ...all, updateAvailable: false, isOnline: true })).toBe('notice')
    expect(chooseBanner({ ...all, dismissed: new Set(['update', 'offline', 'notice']) })).toBe('install')
  })

  it('offers the installation only after something was earned', () => {
    expect(chooseBanner({ ...calm, installAvailable: true })).toBeNull()
  })
})
