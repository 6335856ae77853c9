import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashText } from '../../src/domain/content/context-hash.ts'
import { readBytes, type FileBytes } from '../../src/domain/content/ingest-file.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import type { IngestQueue, NewIngestFile } from '../../src/ports/ingest-queue.ts'
import type { OpenStore } from './open-store.ts'

function newFile(path: string, bytes: FileBytes | null = textToBytes(path)): NewIngestFile {
  const waiting = { path, sizeBytes: path.length, addedAtMs: 1_000, attempts: 0 }
  return bytes === null
    ? { record: { ...waiting, state: 'failed', reason: 'Too large' }, bytes }
    : { record: { ...waiting, state: 'queued' }, bytes }
}

/** What every queue of files does. */
export function describeIngestQueue(name: string, openStore: () => Promise<OpenStore<IngestQueue>>): void {
  describe(`ingest queue ${name}`, () => {
    let opened: OpenStore<IngestQueue>
    let queue: IngestQueue
    beforeEach(async () => {
      opened = await openStore()
      queue = opened.store
    })
    afterEach(() => opened.close())

    async function textOf(id: number): Promise<string | undefined> {
      const bytes = await queue.bytesOf(id)
      return bytes && new TextDecoder().decode(await readBytes(bytes))
    }

    async function addOne(path: string) {
      const [file] = await queue.add([newFile(path)])
      if (file === undefined) throw new Error('not added')
      return file
    }

    it('gives files back in the order of adding, with their bytes', async () => {
      const added = [...(await queue.add([newFile('b'), newFile('a')])), ...(await queue.add([newFile('c')]))]
      expect(added.map(({ path }) => path)).toEqual(['b', 'a', 'c'])
      expect(await queue.list()).toEqual(added)
      expect(added.map(({ id }) => id)).toEqual(added.map(({ id }) => id).sort((a, b) => a - b))
      expect(await Promise.all(added.map(({ id }) => textOf(id)))).toEqual(['b', 'a', 'c'])
    })

    it('takes bytes that are read later', async () => {
      const [file] = await queue.add([newFile('large', new Blob(['large text']))])
      expect(await textOf(file?.id ?? 0)).toBe('large text')
    })

    it('adds none of several files when the bytes of one can not be read', async () => {
      const broken = { size: 1, arrayBuffer: () => Promise.reject(new Error('gone')) }
      const files = [newFile('a'), newFile('broken', broken)]
      await expect(queue.add(files)).rejects.toThrow('gone')
      expect(await queue.list()).toEqual([])
    })

    it('keeps the record of a refused file without bytes', async () => {
      const [file] = await queue.add([newFile('huge', null)])
      expect(await queue.list()).toEqual([file])
      expect(await queue.bytesOf(file?.id ?? 0)).toBeUndefined()
    })

    it('keeps the bytes of one that failed, and drops those of one that is ready', async () => {
      const file = await addOne('a')
      await queue.update({ ...file, state: 'failed', reason: 'No text', attempts: 1 })
      expect(await textOf(file.id)).toBe('a')
      const ready = { ...file, state: 'ready' as const, documentHash: hashText('a'), contexts: 2 }
      await queue.update(ready)
      expect(await queue.list()).toEqual([ready])
      expect(await queue.bytesOf(file.id)).toBeUndefined()
    })

    it('forgets removed files, and does not bring them back by an update', async () => {
      const [first, second] = await queue.add([newFile('a'), newFile('b')])
      if (first === undefined || second === undefined) throw new Error('not added')
      await queue.remove([first.id, 4_711])
      await queue.update({ ...first, state: 'reading' })
      expect(await queue.list()).toEqual([second])
      expect(await queue.bytesOf(first.id)).toBeUndefined()
    })

    it('never gives a number twice', async () => {
      const first = await addOne('a')
      await queue.remove([first.id])
      expect((await addOne('b')).id).toBeGreaterThan(first.id)
    })

    it('keeps files, states and bytes through closing and opening again', async ({ skip }) => {
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      const file = await addOne('a')
      const reading = { ...file, state: 'reading' as const, attempts: 1 }
      await queue.update(reading)
      opened = await reopen()
      queue = opened.store
      expect(await queue.list()).toEqual([reading])
      expect(await textOf(file.id)).toBe('a')
    })
  })
}
