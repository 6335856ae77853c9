import { describe, expect, it } from 'vitest'
import type { IngestFile } from '../../../src/domain/content/ingest-file.ts'
import { filesOfList } from '../../../src/ui/screens/library/added-files.ts'
import { canRetry, filesToShow, summariseFiles } from '../../../src/ui/screens/library/summarise-files.ts'

let lastId = 0
function file(state: IngestFile['state'], attempts = 1): IngestFile {
  return { id: ++lastId, path: `${lastId}.md`, sizeBytes: 10, addedAtMs: 0, state, attempts }
}

describe('the files of a chosen folder', () => {
  it('are those outside of hidden and dependency folders', () => {
    const paths = ['site/a.md', 'site/.git/config', 'site/node_modules/x/README.md', 'site/docs/b.md']
    const files = paths.map((path) => {
      const chosen = new File([], path.split('/').at(-1) ?? '')
      Object.defineProperty(chosen, 'webkitRelativePath', { value: path })
      return chosen
    })
    expect([...filesOfList(files)].map(({ path }) => path)).toEqual(['site/a.md', 'site/docs/b.md'])
  })
})

describe('the list of added files', () => {
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

  it('shows what is read first, then failures, then what waits, then the newest that are ready', () => {
    const first = file('ready')
    const second = file('ready')
    const [queued, failed, reading] = [file('queued', 0), file('failed'), file('reading')]
    const shown = filesToShow([first, second, queued, failed, reading])
    expect(shown).toEqual([reading, failed, queued, second, first])
  })

  it('shows a hundred of ten thousand', () => {
    expect(filesToShow(Array.from({ length: 10_000 }, () => file('queued', 0)))).toHaveLength(100)
  })

  it('offers to try again only what was tried', () => {
    expect([file('failed'), file('failed', 0), file('ready')].map(canRetry)).toEqual([true, false, false])
  })
})
