import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Tokenizer } from '../../ports/tokenizer.ts'
import { ENCODING } from './encoding-name.ts'

/** The o200k tokenizer in Node, in the calling thread; its ranks are loaded with the first count. */
export function openNodeTokenizer(): Tokenizer {
  let isClosed = false
  return {
    encoding: ENCODING,
    async count(texts) {
      if (isClosed) throw new LoremeshError('aborted', 'The tokenizer was closed')
      const { countO200k } = await import('./count-o200k.ts')
      return texts.map(countO200k)
    },
    close() {
      isClosed = true
    },
  }
}
