import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readBytes } from '../../../src/domain/content/ingest-file.ts'
import { readFiles } from '../../../src/headless/read-files.ts'

function folderWith(files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), `text of ${file}`)
  }
  return folder
}

describe('reading files for the command line', () => {
  it('goes through folders in order, and leaves out what is hidden or made by tools', async () => {
    const folder = folderWith(['b/two.md', 'a.md', '.git/config', 'node_modules/x/README.md', 'b/.hidden.md'])
    const texts: string[] = []
    for await (const { bytes } of readFiles([folder])) {
      texts.push(new TextDecoder().decode(await readBytes(bytes)))
    }
    expect(texts).toEqual(['text of a.md', 'text of b/two.md'])
  })

  it('names a path that is not there before it gives any file', async () => {
    const folder = folderWith(['a.md'])
    await expect(readFiles([folder, join(folder, 'none')]).next()).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})
