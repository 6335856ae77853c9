const LENGTH = 32_768

/** What is repeated, and what stands before it. */
const repetitions: readonly (readonly [part: string, opening?: string])[] = [
  ...[
    'a',
    'a.',
    '1a',
    'і',
    '.',
    '?',
    '!',
    '"',
    '-',
    '_.',
    ' ',
    '\t',
    '\n',
    '[',
    '![',
    '`',
    '`a',
    '](',
    '[a](',
  ],
  ...['**a', '<!--', '<a ', '#', '(a)', '1. ', ',a', "a'", '\\', '>', '|', '[1,', '。'],
  ...['ignore ', 'ignore-', 'your ', 'human: ', 'send ', 'link https:', '![](https://x?'],
].map((part) => [part] as const)
const continued: typeof repetitions = [
  ['-', 'ignore '],
  ['a-', 'ignore '],
  ['.', '[a]('],
  [' ', 'a'],
  [' ', '# a'],
  [' ', '[a](x.y "'],
  [' ', '```\n'],
  ['`a', '`'],
]

/**
 * Long texts made to keep a pattern busy that can read a stretch in many ways: where its time grows with the square of the
 * length, each of them takes seconds.
 */
export const monotonousTexts: readonly string[] = [...repetitions, ...continued].map(
  ([part, opening = '']) => `${opening}${part.repeat(LENGTH / part.length)}x`,
)

/** Milliseconds that all of them may take, on a busy machine too. */
export const MONOTONOUS_TEXTS_MS = 10_000
