import { toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import { createDuplicateCheck } from '../retrieval/near-duplicates.ts'
import type { LabelledPassage, LabelledPassages } from './label-passages.ts'

/** A passage that a language model gets. */
export interface PackedPassage extends LabelledPassage {
  /** Model tokens of its block. */
  readonly tokens: number
}

/** What a language model gets for one question. */
export interface PackedPassages {
  /** The name of the tags around every passage; it occurs in no text and no label. */
  readonly tag: string
  /** By number. */
  readonly passages: readonly PackedPassage[]
  /** Model tokens of all blocks. */
  readonly tokens: number
  readonly price: MicroTokens
  /** Numbers of candidates that were left out, with the reason. */
  readonly leftOut: readonly { readonly n: number; readonly reason: 'duplicate' | 'tokens' | 'price' }[]
}

export interface PackOptions {
  /** Model tokens of the block of each passage, in their order. */
  readonly tokens: readonly number[]
  /** The most model tokens of all blocks together. */
  readonly tokenBudget: number
  /** The most that all candidates together may cost. */
  readonly spendBudget: MicroTokens
}

/**
 * Packs passages until a budget is used up: near-duplicates once, one by a second author before more of the first if there
 * is one, and then neighbours of what was packed.
 */
export function packPassages({ tag, passages }: LabelledPassages, options: PackOptions): PackedPassages {
  const { tokenBudget, spendBudget } = options
  const sized = passages.map((passage, at) => ({ ...passage, tokens: options.tokens[at] ?? 0 }))
  const packed = new Map<number, PackedPassage>()
  const leftOut: PackedPassages['leftOut'][number][] = []
  const isDuplicate = createDuplicateCheck()
  let tokens = 0
  let price = 0n

  function reasonAgainst(passage: PackedPassage): PackedPassages['leftOut'][number]['reason'] | undefined {
    if (tokens + passage.tokens > tokenBudget) return 'tokens'
    if (price + passage.price > spendBudget) return 'price'
    return isDuplicate(passage.text) ? 'duplicate' : undefined
  }

  function tryToPack(passage: PackedPassage): void {
    const { n } = passage.citation
    const reason = reasonAgainst(passage)
    if (reason !== undefined) {
      if (passage.neighbourOf.length === 0) leftOut.push({ n, reason })
      return
    }
    tokens += passage.tokens
    price += passage.price
    packed.set(n, passage)
  }

  const candidates = sized.filter(({ neighbourOf }) => neighbourOf.length === 0)
  for (const candidate of secondAuthorEarly(candidates)) tryToPack(candidate)
  for (const neighbour of sized.slice(candidates.length)) {
    if (neighbour.neighbourOf.some((n) => packed.has(n))) tryToPack(neighbour)
  }
  const byNumber = [...packed.values()].sort((a, b) => a.citation.n - b.citation.n)
  return { tag, passages: byNumber, tokens, price: toMicroTokens(price), leftOut }
}

/** The best of a second author moves up behind the best of all. */
function secondAuthorEarly(candidates: readonly PackedPassage[]): readonly PackedPassage[] {
  const [first, ...rest] = candidates
  const second = rest.findIndex(({ citation }) => citation.author !== first?.citation.author)
  if (first === undefined || second === -1) return candidates
  return [first, ...rest.slice(second, second + 1), ...rest.slice(0, second), ...rest.slice(second + 1)]
}
