/** The encoding of OpenAI's models since GPT-4o; others count English within a tenth or two of it. */
export const ENCODING = 'o200k_base'
