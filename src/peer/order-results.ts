import type { PeerId } from '../domain/identity/account.ts'
import { sumTokens } from '../domain/kernel/micro-tokens.ts'
import { saySame, wordRuns } from '../domain/retrieval/near-duplicates.ts'
import type { AskResult } from './peer.ts'

/**
 * The results as they are shown: best first, doubted ones after all others. What says nearly the same as a better one is
 * no result by itself: one that was held before stands for all of them, else the best, with what all of them cost and
 * where else they are from.
 */
export function orderResults(results: readonly AskResult[]): readonly AskResult[] {
  const ranked = [...results].sort(
    (a, b) => Number(a.doubt !== undefined) - Number(b.doubt !== undefined) || b.score - a.score,
  )
  const groups: { readonly runs: ReadonlySet<string>; readonly results: [AskResult, ...AskResult[]] }[] = []
  for (const result of ranked) {
    const runs = wordRuns(result.text)
    const group = groups.find((other) => saySame(other.runs, runs))
    if (group === undefined) groups.push({ runs, results: [result] })
    else group.results.push(result)
  }
  return groups.map((group) => mergeSame(group.results))
}

function mergeSame(results: readonly [AskResult, ...AskResult[]]): AskResult {
  const [best] = results
  if (results.length === 1) return best
  const shown = results.find(({ provider }) => provider === 'self') ?? best
  const peers = new Set(results.flatMap((result) => [...sourceOf(result), ...(result.alsoFrom ?? [])]))
  for (const peerId of sourceOf(shown)) peers.delete(peerId)
  const documents = new Set(results.filter(({ origin }) => origin === 'own').map((own) => own.documentTitle))
  documents.delete(shown.documentTitle)
  return {
    ...shown,
    score: best.score,
    paid: sumTokens(results.map(({ paid }) => paid)),
    ...(peers.size === 0 ? {} : { alsoFrom: [...peers] }),
    ...(documents.size === 0 ? {} : { alsoIn: [...documents] }),
  }
}

/** The peer whom a result is from: what was bought earlier is still its author's. */
function sourceOf({ provider, origin, author }: AskResult): readonly PeerId[] {
  if (provider !== 'self') return [provider]
  return origin === 'cached' ? [author] : []
}
