import { describe, expect, it } from 'vitest'
import type { FileProgress } from '../../../src/peer/peer.ts'
import {
  filesOfList,
  readFiles,
  type NamedFile,
  type ReadBatch,
} from '../../../src/ui/screens/library/read-files.ts'
import { summariseFiles } from '../../../src/ui/screens/library/summarise-files.ts'

async function batchesOf(files: readonly NamedFile[]): Promise<ReadBatch[]> {
  const batches: ReadBatch[] = []
  for await (const batch of readFiles(files)) batches.push(batch)
  return batches
}

describe('reading files', () => {
  it('reads bytes and keeps paths', async () => {
    const [batch] = await batchesOf([{ path: 'docs/a.md', file: new Blob(['# A']) }])
    expect(batch?.readable).toEqual([{ path: 'docs/a.md', bytes: new Uint8Array([35, 32, 65]) }])
  })

  it('splits many files into batches', async () => {
    const files = Array.from({ length: 130 }, (_, n) => ({ path: `${n}.md`, file: new Blob(['x']) }))
    expect((await batchesOf(files)).map(({ readable }) => readable.length)).toEqual([64, 64, 2])
  })

  it('names a file that is too large or cannot be read, and goes on', async () => {
    const large = new Blob([])
    Object.defineProperty(large, 'size', { value: 65 * 1024 * 1024 })
    const broken = new Blob([])
    broken.arrayBuffer = () => Promise.reject(new Error('gone'))
    const [batch] = await batchesOf([
      { path: 'large', file: large },
      { path: 'broken', file: broken },
      { path: 'good', file: new Blob(['x']) },
    ])
    expect(batch?.unreadable.map(({ path, state }) => [path, state])).toEqual([
      ['large', 'failed'],
      ['broken', 'failed'],
    ])
    expect(batch?.readable.map(({ path }) => path)).toEqual(['good'])
  })

  it('leaves hidden and dependency folders of a chosen folder out', () => {
    const paths = ['site/a.md', 'site/.git/config', 'site/node_modules/x/README.md', 'site/docs/b.md']
    const files = paths.map((path) => {
      const file = new File([], path.split('/').at(-1) ?? '')
      Object.defineProperty(file, 'webkitRelativePath', { value: path })
      return file
    })
    expect(filesOfList(files).map(({ path }) => path)).toEqual(['site/a.md', 'site/docs/b.md'])
  })
})

describe('the summary of added files', () => {
  const file = (state: FileProgress['state']): FileProgress => ({ path: 'x', state })

  it('counts while files are being added', () => {
    expect(summariseFiles([file('ready'), file('indexing'), file('failed')])).toEqual({
      text: 'Adding files: 1 of 3 ready, 1 failed',
      finished: 2,
      failed: 1,
      isDone: false,
    })
  })

  it('says the outcome when all are done', () => {
    expect(summariseFiles([file('ready'), file('ready')]).text).toBe('2 files added')
  })
})
