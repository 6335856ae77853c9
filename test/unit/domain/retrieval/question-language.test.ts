import { expect, it } from 'vitest'
import { isPerhapsEnglish } from '../../../../src/domain/retrieval/question-language.ts'

it.each([
  'How often should a restore be tested?',
  'fuseScores leastSimilarity',
  'Deeply merges two non-array objects.',
  'What does the German word Zeitgeist mean?',
  '',
])('%j may be English', (question) => {
  expect(isPerhapsEnglish(question)).toBe(true)
})

it.each([
  'Wie oft soll eine Sicherung geprüft werden?',
  'In welchem Jahr wurde der Song „Fog on the Tyne“ veröffentlicht?',
  'Comment est-ce que les messages passent par le relais ?',
  '¿Cómo se prueba una copia de seguridad?',
  'Quando foi que os dados chegaram?',
  'Come si prova una copia di riserva?',
  'Hoe vaak moet een back-up worden getest en door wie?',
  'Hur ofta ska en säkerhetskopia testas och av vilken person?',
  'Jak często kopia jest sprawdzana, kiedy i przez kogo?',
  'Как часто проверять копии?',
  '备份应该多久测试一次?',
])('%j is not English', (question) => {
  expect(isPerhapsEnglish(question)).toBe(false)
})
