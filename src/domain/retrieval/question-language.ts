import { findWords, lowerCase, STOP_WORDS } from './tokenize.ts'

/** The most frequent small words of German, Dutch, Swedish, French, Spanish, Portuguese, Italian and Polish. */
const FOREIGN_WORDS: ReadonlySet<string> = new Set(
  (
    'er sie es sein seine ihr ihre wenn worauf womit wofür der die das den dem des in an ein eine einer einem einen und ist sind war waren wird wurde wurden werden hat haben wer was wo ' +
    'wann warum welche welcher welches welchen welchem wie viele für mit von vom zu zum zur im am auf aus bei nach durch als nicht man ich ' +
    'het een en van voor met niet zijn wat hoe welke werd naar door bij aan op dat ' +
    'och att det som är på för med vad hur vilken vilket var inte ' +
    'le la les un une du au aux et est sont été que qui quoi quel quelle quels quelles dans pour par sur avec pas il elle ce cette ' +
    'el los las una del al es son fue que qué cuál cómo cuándo dónde quién por para con no se su ' +
    'os as um uma do da dos das em na não é foi qual como quando onde quem ' +
    'il lo gli uno di della dei che chi cosa come quando dove perché è sono nel nella per con ' +
    'na do jest są był była co kto jak gdzie kiedy który która które nie się'
  ).split(' '),
)
/** Letters that are neither Latin nor common to all scripts. */
const OTHER_SCRIPTS = /[\u0370-\u1dff\u2c00-\u2dff\u3040-\uabff\uac00-\ud7ff]/g

/**
 * False for a question that is plainly in another language than English: most of its small words are of another one, or
 * half of it is in another script. What has none, such as a name or a few keywords, passes.
 */
export function isPerhapsEnglish(question: string): boolean {
  if ((question.match(OTHER_SCRIPTS)?.length ?? 0) > question.length / 2) return false
  const words = findWords(question).map(({ text }) => lowerCase(text))
  const english = words.filter((word) => STOP_WORDS.has(word)).length
  const foreign = words.filter((word) => FOREIGN_WORDS.has(word)).length
  return foreign <= english
}
