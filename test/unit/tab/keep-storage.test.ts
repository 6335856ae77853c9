import { describe, expect, it } from 'vitest'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { keepStorage } from '../../../src/tab/keep-storage.ts'

function createStorage(isPersisted: boolean) {
  const calls: string[] = []
  return {
    calls,
    persisted: () => {
      calls.push('persisted')
      return Promise.resolve(isPersisted)
    },
    persist: () => {
      calls.push('persist')
      return Promise.resolve(true)
    },
  }
}

describe('lasting storage', () => {
  it('is asked for once there is an own document, and only once', async () => {
    const documents = createWritable<readonly string[]>([])
    const storage = createStorage(false)
    keepStorage(documents, storage)
    expect(storage.calls).toEqual([])
    documents.set(['first'])
    documents.set(['first', 'second'])
    await Promise.resolve()
    expect(storage.calls).toEqual(['persisted', 'persist'])
  })

  it('is not asked for where it was granted', async () => {
    const storage = createStorage(true)
    keepStorage(createWritable(['earlier']), storage)
    await Promise.resolve()
    expect(storage.calls).toEqual(['persisted'])
  })
})
