import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { PeerId } from '../domain/identity/account.ts'
import { areSameCounts, countTerms, questionTerms } from '../domain/retrieval/term-counts.ts'
import type { Candidate } from './discover.ts'
import type { Retrieved } from './retrieve.ts'

/**
 * Peers that sold a text which has the question's terms more or less often than they had said, each once. Counts are what
 * ranks a passage before it is bought; a text is bound to its hash, so whoever bought it can check them.
 */
export function findFalseClaims(
  question: string,
  offered: ReadonlyMap<ContextHash, Candidate>,
  bought: readonly Context[],
  retrieved: ReadonlyMap<ContextHash, Pick<Retrieved, 'provider'>>,
): readonly PeerId[] {
  const terms = questionTerms(question)
  const liars = bought.flatMap(({ contextHash, text }) => {
    const seller = retrieved.get(contextHash)?.provider
    const offer = offered.get(contextHash)?.offers.find(({ provider }) => provider.peerId === seller)
    if (seller === undefined || offer === undefined || offer.termCounts === null) return []
    return areSameCounts(offer.termCounts, countTerms(terms, text)) ? [] : [seller]
  })
  return [...new Set(liars)]
}
