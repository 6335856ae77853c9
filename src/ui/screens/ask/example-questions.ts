/** Questions that the bundled guide answers, for the empty screen. */
export const exampleQuestions: readonly string[] = [
  'What leaves my tab when I share a document?',
  'How is the price of a context computed?',
  'Does Loremesh work offline?',
]
