import { hashText, type ContextHash } from '../content/context-hash.ts'
import type { Context } from '../content/context.ts'
import { toPrintable } from '../content/printable.ts'
import { toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import type { Doubt } from '../retrieval/doubt.ts'
import { citeContext, type Citation } from './citation.ts'
import { scanForInjection, type InjectionSign } from './injection-scan.ts'

/** A context that may be packed. */
export interface PassageCandidate {
  readonly context: Context
  /** How well it answers, comparable within one question. */
  readonly score: number
  /** What it costs to use. */
  readonly price: MicroTokens
  /** Why it is placed last; unset for most. */
  readonly doubt?: Doubt
}

/** A passage with its number and label, as a language model would get it. */
export interface LabelledPassage {
  readonly citation: Citation
  readonly text: string
  readonly score: number
  readonly price: MicroTokens
  /** Numbers of the candidates that it stands next to, or that refer to it; empty for a candidate itself. */
  readonly neighbourOf: readonly number[]
  /** What it tries to do with a model that reads it; empty for most. */
  readonly signs: readonly InjectionSign[]
  readonly doubt: Doubt | undefined
  /** The text between its label and its end mark. */
  readonly block: string
}

/** Passages that may be packed for one question. */
export interface LabelledPassages {
  /** The name of the tags around every passage; it occurs in no text and no label. */
  readonly tag: string
  /** By number: the candidates in their order, then their neighbours, the most wanted first. */
  readonly passages: readonly LabelledPassage[]
}

const MAX_LABEL_BYTES = 300
const TAG_DIGITS = 12

/**
 * Numbers and labels candidates, given best first, and the contexts around them, the most wanted first. The numbers stay,
 * whichever of them are packed.
 */
export function labelPassages(
  question: string,
  candidates: readonly PassageCandidate[],
  neighbours: ReadonlyMap<ContextHash, readonly Context[]> = new Map(),
): LabelledPassages {
  const around = neighboursOf(candidates, neighbours)
  const contexts = [...candidates, ...around].map(({ context }) => context)
  const tag = chooseTag([question, ...contexts.flatMap((context) => [context.text, labelOf(context)])])
  const label = (
    { context, score, price, doubt }: PassageCandidate,
    n: number,
    neighbourOf: readonly number[],
  ): LabelledPassage => {
    const signs = scanForInjection(`${context.title}\n${context.text}`)
    const block = blockOf(tag, n, context, warningsOf(signs, doubt))
    const { text } = context
    return { citation: citeContext(n, context), text, score, price, neighbourOf, signs, doubt, block }
  }
  return {
    tag,
    passages: [
      ...candidates.map((candidate, at) => label(candidate, at + 1, [])),
      ...around.map((one, at) => label(one, candidates.length + at + 1, one.neighbourOf)),
    ],
  }
}

/** Each context around candidates that is none itself, once, free of charge and as good as the best that it is next to. */
function neighboursOf(
  candidates: readonly PassageCandidate[],
  neighbours: ReadonlyMap<ContextHash, readonly Context[]>,
): (PassageCandidate & { readonly neighbourOf: readonly number[] })[] {
  const known = new Set(candidates.map(({ context }) => context.contextHash))
  const found = new Map<ContextHash, PassageCandidate & { readonly neighbourOf: number[] }>()
  for (const [at, { context: hit, score }] of candidates.entries()) {
    for (const context of neighbours.get(hit.contextHash) ?? []) {
      if (known.has(context.contextHash)) continue
      const already = found.get(context.contextHash)
      if (already !== undefined) already.neighbourOf.push(at + 1)
      else found.set(context.contextHash, { context, score, price: toMicroTokens(0), neighbourOf: [at + 1] })
    }
  }
  return [...found.values()]
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

function warningsOf(signs: readonly InjectionSign[], doubt: Doubt | undefined): readonly string[] {
  const suspicion = signs.length > 0 ? [`contains text that ${signs.map(signText).join(', ')}`] : []
  return doubt === undefined ? suspicion : [...suspicion, doubtLabel(doubt)]
}

function blockOf(tag: string, n: number, context: Context, warnings: readonly string[]): string {
  const warning = warnings.length > 0 ? ` warning="${warnings.join('; ')}"` : ''
  return `<${tag} n="${n}" ${labelOf(context)}${warning}>\n${context.text}\n</${tag}>`
}

/** What a model is told of a doubt. */
function doubtLabel(doubt: Doubt): string {
  switch (doubt) {
    case 'wrong':
      return 'the user has judged it wrong'
    case 'outdated':
      return 'the user has judged it outdated'
    case 'superseded':
      return 'the user has a newer version of its document'
  }
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
