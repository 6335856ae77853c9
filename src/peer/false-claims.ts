import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { PeerId } from '../domain/identity/account.ts'
import { isSnippetOf } from '../domain/retrieval/snippet.ts'
import { areSameCounts, countTerms, questionTerms } from '../domain/retrieval/term-counts.ts'
import type { Candidate } from './discover.ts'

/**
 * Peers that said of a text that was bought, whoever sold it, that it has the question's terms more or less often than it
 * does, or something that it does not say; each once. Counts and snippets rank and group passages before they are bought; a
 * text is bound to its hash, so whoever has it can check them.
 */
export function findFalseClaims(
  question: string,
  offered: ReadonlyMap<ContextHash, Candidate>,
  bought: readonly Context[],
): readonly PeerId[] {
  const terms = questionTerms(question)
  const liars = bought.flatMap(({ contextHash, text }) => {
    const counts = countTerms(terms, text)
    const offers = offered.get(contextHash)?.offers ?? []
    return offers.flatMap(({ provider, snippet, termCounts }) => {
      const isTrue = termCounts === null || (areSameCounts(termCounts, counts) && isSnippetOf(snippet, text))
      return isTrue ? [] : [provider.peerId]
    })
  })
  return [...new Set(liars)]
}
