import type { PeerId } from '../domain/identity/account.ts'
import { sumTokens } from '../domain/kernel/micro-tokens.ts'
import { saysAllOf, wordRuns, type WordRuns } from '../domain/retrieval/near-duplicates.ts'
import type { AskResult } from './peer.ts'

/**
 * The results as they are shown: best first, doubted ones after all others. What a better one says nearly all of is no
 * result by itself. One stands for all of these, with what they cost and where else they are from: the best, or one that
 * was held before, if it says as much and is as little doubted.
 */
export function orderResults(results: readonly AskResult[]): readonly AskResult[] {
  const ranked = results
    .map((result): Compared => ({ result, runs: wordRuns(result.text) }))
    .sort(({ result: a }, { result: b }) => Number(isDoubted(a)) - Number(isDoubted(b)) || b.score - a.score)
  const groups: [Compared, ...Compared[]][] = []
  for (const compared of ranked) {
    const group = groups.find(([best]) => saysAllOf(best.runs, compared.runs))
    if (group === undefined) groups.push([compared])
    else group.push(compared)
  }
  return groups.map(mergeSame)
}

interface Compared {
  readonly result: AskResult
  readonly runs: WordRuns
}

const isDoubted = ({ doubt }: AskResult): boolean => doubt !== undefined

function mergeSame(group: readonly [Compared, ...Compared[]]): AskResult {
  const [{ result: best, runs: bestRuns }] = group
  if (group.length === 1) return best
  const held = group.find(
    ({ result, runs }) =>
      result.provider === 'self' && isDoubted(result) === isDoubted(best) && saysAllOf(runs, bestRuns),
  )
  const shown = held?.result ?? best
  const results = group.map(({ result }) => result)
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
