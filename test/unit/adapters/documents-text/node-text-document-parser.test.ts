import { afterEach, expect, test } from 'vitest'
import { openNodeTextDocumentParser } from '../../../../src/adapters/documents-text/node-text-document-parser.ts'
import { DOCUMENT_LIMITS } from '../../../../src/domain/content/document-limits.ts'
import type { SourceFile } from '../../../../src/ports/document-parser.ts'

const thread = new URL('../../../support/documents/hostile-thread.ts', import.meta.url)
const file = (path: string): SourceFile => ({ path, bytes: new TextEncoder().encode('# Title\n') })

let close = (): void => undefined
afterEach(() => close())

/** A parser whose reader is faulty. The time of the first file runs out once it is read, the others have theirs. */
function openFaultyParser() {
  const expired = new AbortController()
  const begun = new BroadcastChannel('endless')
  begun.onmessage = () => expired.abort()
  const deadlinesMs: number[] = []
  const parser = openNodeTextDocumentParser({
    thread,
    deadline: (ms) => {
      deadlinesMs.push(ms)
      return deadlinesMs.length === 1 ? expired.signal : AbortSignal.timeout(ms)
    },
  })
  close = () => {
    begun.close()
    parser.close()
  }
  return { parser, deadlinesMs }
}

test('a reader that never ends is ended, and the next file is read', async () => {
  const { parser, deadlinesMs } = openFaultyParser()
  const endless = parser.parse(file('endless.md'))
  await expect(endless).rejects.toMatchObject({
    code: 'bad-document',
    message: 'Reading the file took too long',
  })
  expect(await parser.parse(file('next.md'))).toMatchObject({ title: 'Title' })
  expect(deadlinesMs).toEqual([DOCUMENT_LIMITS.readingMs, DOCUMENT_LIMITS.readingMs])
})

test('a reader that breaks down refuses only the file that caused it', async () => {
  const { parser } = openFaultyParser()
  await expect(parser.parse(file('fatal.md'))).rejects.toMatchObject({
    code: 'bad-document',
    message: 'Reading the file failed',
  })
  expect(await parser.parse(file('next.md'))).toMatchObject({ title: 'Title' })
})

test('a file that is stopped while it is read ends its thread', async () => {
  const { parser } = openFaultyParser()
  const stop = new AbortController()
  const stopped = parser.parse(file('endless.md'), stop.signal)
  setImmediate(() => stop.abort())
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
  expect(await parser.parse(file('next.md'))).toMatchObject({ title: 'Title' })
})
