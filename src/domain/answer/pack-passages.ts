import { hashText } from '../content/context-hash.ts'
import type { ContextHash } from '../content/context-hash.ts'
import type { Context } from '../content/context.ts'
import { toPrintable } from '../content/printable.ts'
import { toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import { createDuplicateCheck } from '../retrieval/near-duplicates.ts'
import { citeContext, type Citation } from './citation.ts'
import { scanForInjection, type InjectionSign } from './injection-scan.ts'

/** A context that may be packed. */
export interface PassageCandidate {
  readonly context: Context
  /** How well it answers, comparable within one question. */
  readonly score: number
  /** What it costs to use. */
  readonly price: MicroTokens
}

/** A passage as a language model gets it. */
export interface PackedPassage {
  readonly citation: Citation
  readonly text: string
  readonly score: number
  /** True for a passage that was added because it stands next to one that answers, or is referred to by it. */
  readonly isNeighbour: boolean
  /** Why the model is warned of it; empty for most. */
  readonly signs: readonly InjectionSign[]
  /** The text between its label and its end mark. */
  readonly block: string
  readonly tokens: number
}

/** Passages for one question. */
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
  /** The most model tokens of all blocks together. */
  readonly tokenBudget: number
  /** The most that all candidates together may cost. */
  readonly spendBudget: MicroTokens
  readonly countTokens: (text: string) => number
  /** Contexts around a candidate, the most wanted first; packed free of charge when budget is left. */
  readonly neighbours?: ReadonlyMap<ContextHash, readonly Context[]>
}

const MAX_LABEL_BYTES = 300
const TAG_DIGITS = 12

/**
 * Packs the candidates, given best first, until a budget is used up: near-duplicates once, one by a second author before
 * more of the first if there is one, and then neighbours in the order of what they stand next to. A candidate's number is its
 * place among the candidates, so that it stays when others are left out; neighbours have the numbers after those.
 */
export function packPassages(
  question: string,
  candidates: readonly PassageCandidate[],
  options: PackOptions,
): PackedPassages {
  const { tokenBudget, spendBudget, countTokens, neighbours = new Map<ContextHash, Context[]>() } = options
  const around = candidates.flatMap(({ context }) => neighbours.get(context.contextHash) ?? [])
  const labelled = [...candidates.map(({ context }) => context), ...around]
  const tag = chooseTag([question, ...labelled.flatMap((context) => [context.text, labelOf(context)])])
  const packed: PackedPassage[] = []
  const leftOut: PackedPassages['leftOut'][number][] = []
  const isDuplicate = createDuplicateCheck()
  let tokens = 0
  let price = 0n

  function tryToPack(
    n: number,
    { context, score, price: own }: PassageCandidate,
    isNeighbour: boolean,
  ): void {
    const signs = scanForInjection(`${context.title}\n${context.text}`)
    const block = blockOf(tag, n, context, signs)
    const size = countTokens(block)
    const reason =
      tokens + size > tokenBudget
        ? 'tokens'
        : price + own > spendBudget
          ? 'price'
          : isDuplicate(context.text)
            ? 'duplicate'
            : undefined
    if (reason !== undefined) {
      if (!isNeighbour) leftOut.push({ n, reason })
      return
    }
    tokens += size
    price += own
    const { text } = context
    packed.push({ citation: citeContext(n, context), text, score, isNeighbour, signs, block, tokens: size })
  }

  for (const { candidate, n } of secondAuthorEarly(candidates)) tryToPack(n, candidate, false)
  const hits = [...packed].sort(byNumber)
  let next = candidates.length + 1
  const known = new Set(candidates.map(({ context }) => context.contextHash))
  for (const hit of hits) {
    for (const context of neighbours.get(hit.citation.contextHash) ?? []) {
      if (known.has(context.contextHash)) continue
      known.add(context.contextHash)
      const before = packed.length
      tryToPack(next, { context, score: hit.score, price: toMicroTokens(0) }, true)
      if (packed.length > before) next += 1
    }
  }
  return { tag, passages: packed.sort(byNumber), tokens, price: toMicroTokens(price), leftOut }
}

const byNumber = (a: PackedPassage, b: PackedPassage): number => a.citation.n - b.citation.n

/** Candidates with their numbers; the best of a second author moves up behind the best of all. */
function secondAuthorEarly(
  candidates: readonly PassageCandidate[],
): { readonly candidate: PassageCandidate; readonly n: number }[] {
  const numbered = candidates.map((candidate, at) => ({ candidate, n: at + 1 }))
  const [first, ...rest] = numbered
  const second = rest.findIndex(
    ({ candidate }) => candidate.context.author !== first?.candidate.context.author,
  )
  if (first === undefined || second === -1) return numbered
  return [first, ...rest.slice(second, second + 1), ...rest.slice(0, second), ...rest.slice(second + 1)]
}

/**
 * A tag name that none of the texts has. It is made of their hash, so nobody who writes a passage can foresee it, and the
 * same passages give the same prompt, which models can cache.
 */
function chooseTag(texts: readonly string[]): string {
  const hashes = texts.map(hashText).join()
  for (let attempt = 0; ; attempt++) {
    const digits = hashText(`${attempt}:${hashes}`).slice('sha256:'.length, 'sha256:'.length + TAG_DIGITS)
    const tag = `passage-${digits}`
    if (texts.every((text) => !text.includes(digits))) return tag
  }
}

function labelOf({ title, headingPath, documentHash }: Context): string {
  const path = headingPath.length > 0 ? ` path=${quoted(headingPath.join(' › '))}` : ''
  return `title=${quoted(title)}${path} document="${documentHash}"`
}

function quoted(text: string): string {
  return JSON.stringify(toPrintable(text, MAX_LABEL_BYTES).replace(/[<>]/g, ''))
}

function blockOf(tag: string, n: number, context: Context, signs: readonly InjectionSign[]): string {
  const warning = signs.length > 0 ? ` warning="contains text that ${signs.map(signText).join(', ')}"` : ''
  return `<${tag} n="${n}" ${labelOf(context)}${warning}>\n${context.text}\n</${tag}>`
}

/** What a sign says, as the end of "contains text that …". */
export function signText(sign: InjectionSign): string {
  switch (sign) {
    case 'overrides-instructions':
      return 'tries to replace instructions'
    case 'changes-role':
      return 'tries to change the model’s role'
    case 'asks-for-secrets':
      return 'asks for instructions or private text'
    case 'sends-data-out':
      return 'tries to send data elsewhere'
    case 'addresses-model':
      return 'speaks to the model'
    case 'steers-answer':
      return 'tries to dictate the answer'
  }
}
