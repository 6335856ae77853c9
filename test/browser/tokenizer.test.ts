import { expect, it } from 'vitest'
import { openTokenizerInWorker } from '../../src/adapters/tokenizer-o200k/worker-tokenizer.ts'

it('the tokenizer counts in its worker as it does elsewhere', async () => {
  const tokenizer = openTokenizerInWorker()
  expect(await tokenizer.count(['tiktoken is great!', 'お誕生日おめでとう', ''])).toEqual([6, 8, 0])
  tokenizer.close()
})
