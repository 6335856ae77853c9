/** The encoding of OpenAI's models since GPT-4o; other makers' models have encodings of their own. */
export const ENCODING = 'o200k_base'
