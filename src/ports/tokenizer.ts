/** Counts the tokens of a language model. */
export interface Tokenizer {
  /** Name of its encoding, such as "o200k_base". */
  readonly encoding: string
  /**
   * Tokens of each text. What looks like a control token counts as the text that it is. Throws `internal` when it can't
   * count, and `aborted` once closed.
   */
  count(texts: readonly string[]): Promise<readonly number[]>
  close(): void
}
