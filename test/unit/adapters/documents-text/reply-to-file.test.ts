import { expect, test } from 'vitest'
import { replyToFile } from '../../../../src/adapters/documents-text/reply-to-file.ts'
import { helloContent, rawPdf } from '../../../support/documents/hostile-files.ts'

test('a reader that breaks down is a refusal that tells nothing of its insides', async () => {
  const startPdfEngine = (): never => {
    throw new RangeError('Maximum call stack size exceeded')
  }
  const reply = await replyToFile({ path: 'a.pdf', bytes: rawPdf(helloContent, '') }, { startPdfEngine })
  expect(reply).toMatchObject({ type: 'failed', code: 'bad-document', message: 'Reading the file failed' })
})
