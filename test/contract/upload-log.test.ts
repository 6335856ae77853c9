import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createFileUploadLog } from '../../src/adapters/storage-sqlite/file-upload-log.ts'
import { createWebStorageUploadLog } from '../../src/adapters/upload-log-web-storage/web-storage-upload-log.ts'
import { describeUploadLog } from './upload-log.contract.ts'

describeUploadLog('in web storage', () => {
  const values = new Map<string, string>()
  const storage = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  }
  const open = () => ({ store: createWebStorageUploadLog(storage), close: () => Promise.resolve() })
  return {
    ...open(),
    reopen: () => Promise.resolve(open()),
    spoil: () => values.forEach((_, key) => values.set(key, '{')),
  }
})

describeUploadLog('in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-upload-'))
  const path = join(folder, 'upload.json')
  const open = () => ({
    store: createFileUploadLog(path),
    close: () => rm(folder, { recursive: true, force: true }),
  })
  return { ...open(), reopen: () => Promise.resolve(open()), spoil: () => writeFileSync(path, '{') }
})

it('forgets with this run what a blocked storage does not take', async () => {
  const blocked = () => {
    throw new Error('blocked')
  }
  const logs = [
    createWebStorageUploadLog({ getItem: blocked, setItem: blocked }),
    createFileUploadLog(join(tmpdir(), 'loremesh-no-such-folder', 'upload.json')),
  ]
  for (const log of logs) {
    await log.save({ day: 1, bytes: 1 })
    expect(await log.load()).toBeUndefined()
  }
})
