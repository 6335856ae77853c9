import { describe, expect, it } from 'vitest'
import { createLanguageModelStore } from '../../../src/ui/language-model.ts'

const choice = {
  provider: 'openai',
  endpoint: 'https://api.example/v1',
  model: 'small',
  apiKey: 'secret',
} as const

function memoryStorage(values = new Map<string, string>()) {
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
}

describe('the language model kept in the browser', () => {
  it('is there again, and forgotten with its key', () => {
    const storage = memoryStorage()
    createLanguageModelStore(storage).choose(choice)
    const store = createLanguageModelStore(storage)
    expect(store.get()).toEqual(choice)
    store.choose(null)
    expect(storage.values.size).toBe(0)
  })

  it('is none for anything else in the storage, and lasts without any', () => {
    for (const text of ['{', '"x"', '{"provider":"evil"}'])
      expect(
        createLanguageModelStore(memoryStorage(new Map([['loremesh:language-model', text]]))).get(),
      ).toBeNull()
    const blocked = () => {
      throw new Error('blocked')
    }
    const store = createLanguageModelStore({ getItem: blocked, setItem: blocked, removeItem: blocked })
    store.choose(choice)
    expect(store.get()).toEqual(choice)
  })
})
