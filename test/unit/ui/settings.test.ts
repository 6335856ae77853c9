import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cacheQuotaBytes, createSettings, DEFAULT_SETTINGS, parseSettings } from '../../../src/ui/settings.ts'

function memoryStorage() {
  const values = new Map<string, string>()
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  }
}

describe('settings', () => {
  it('keep what the user chose for the next visit', () => {
    const storage = memoryStorage()
    createSettings(storage).change({ networkConsent: true, scope: 'network', maxTokensPerQuestion: 35 })
    expect(createSettings(storage).get()).toEqual({
      ...DEFAULT_SETTINGS,
      networkConsent: true,
      scope: 'network',
      maxTokensPerQuestion: 35,
    })
  })

  it('ask for consent again when it was given to other terms', () => {
    const storage = memoryStorage()
    createSettings(storage).change({ networkConsent: true, maxTokensPerQuestion: 35 })
    const stored = storage.getItem('loremesh:settings') ?? ''
    storage.setItem('loremesh:settings', stored.replace('16 peers', '8 peers'))
    expect(createSettings(storage).get()).toMatchObject({ networkConsent: false, maxTokensPerQuestion: 35 })
  })

  it('tell subscribers at once and on every change', () => {
    const settings = createSettings(memoryStorage())
    const themes: string[] = []
    const end = settings.subscribe(({ theme }) => themes.push(theme))
    settings.change({ theme: 'dark' })
    end()
    settings.change({ theme: 'light' })
    expect(themes).toEqual(['system', 'dark'])
  })

  it('send no question to the network before the user allowed it', () => {
    expect(createSettings(memoryStorage()).get().networkConsent).toBe(false)
    expect(parseSettings({ networkConsent: 'yes' }).networkConsent).toBe(false)
  })

  it('keep nothing of the ledger of others before the user wants it', () => {
    const settings = createSettings(memoryStorage())
    expect(settings.get().keepLedger).toBe(false)
    expect(parseSettings({ keepLedger: 1 }).keepLedger).toBe(false)
    settings.change({ keepLedger: true })
    expect(settings.get().keepLedger).toBe(true)
  })

  it('give bought passages 200 MB, or as much as the user says within bounds', () => {
    expect(cacheQuotaBytes(DEFAULT_SETTINGS)).toBe(200 * 1024 * 1024)
    expect(cacheQuotaBytes(parseSettings({ cacheQuotaMegabytes: 0 }))).toBe(0)
    expect(parseSettings({ cacheQuotaMegabytes: -3 }).cacheQuotaMegabytes).toBe(0)
    expect(parseSettings({ cacheQuotaMegabytes: 1e9 }).cacheQuotaMegabytes).toBe(100_000)
    expect(parseSettings({ cacheQuotaMegabytes: Number.NaN }).cacheQuotaMegabytes).toBe(200)
  })

  it('work for this tab when the storage is blocked', () => {
    const blocked = () => {
      throw new Error('blocked')
    }
    const settings = createSettings({ getItem: blocked, setItem: blocked })
    settings.change({ scope: 'library' })
    expect(settings.get().scope).toBe('library')
  })

  it('are valid whatever was stored', () => {
    fc.assert(
      fc.property(fc.anything(), (stored) => {
        const { maxTokensPerQuestion, scope, theme } = parseSettings(stored)
        expect(Number.isInteger(maxTokensPerQuestion) && maxTokensPerQuestion >= 0).toBe(true)
        expect(maxTokensPerQuestion).toBeLessThanOrEqual(1000)
        expect(['library', 'network', 'both']).toContain(scope)
        expect(['system', 'light', 'dark']).toContain(theme)
      }),
    )
  })
})
