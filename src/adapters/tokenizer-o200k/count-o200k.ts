import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'

/** Nothing in a text is a control token, whatever it looks like. */
const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() }

/**
 * Merging takes time that grows with the square of a run without a break, minutes for a page of Chinese without a comma,
 * so such runs are cut. A cut makes the count at most a token too high.
 */
const LONG_RUN = /[\p{L}\p{M}]{256}|\s{256}|[^\s\p{L}\p{N}]{256}/gu

/** Tokens of a text. */
export function countO200k(text: string): number {
  let tokens = 0
  let start = 0
  for (const { index, 0: run } of text.matchAll(LONG_RUN)) {
    const end = index + run.length
    tokens += countTokens(text.slice(start, end), asText)
    start = end
  }
  return tokens + countTokens(text.slice(start), asText)
}
