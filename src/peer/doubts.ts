import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { Doubt } from '../domain/retrieval/doubt.ts'
import type { ContextStore } from '../ports/context-store.ts'
import { isSuperseded } from './earlier-versions.ts'
import type { Library } from './peer.ts'
import type { Questions } from './questions.ts'

/** Documents of which it is remembered whether they are superseded. */
const MAX_KNOWN = 2_000

/** What speaks against passages. */
export interface Doubts {
  /** The doubts about those of these passages that there are any about; the user's own come first. */
  about(
    passages: readonly Pick<Context, 'contextHash' | 'documentHash'>[],
  ): Promise<ReadonlyMap<ContextHash, Doubt>>
}

/** Creates what knows the doubts about passages: the user's judgements in `questions`, and newer versions in the library. */
export function createDoubts({
  questions,
  library,
  contextStore,
}: {
  readonly questions: Pick<Questions, 'lastJudgements'>
  readonly library: Pick<Library, 'documents'>
  readonly contextStore: Pick<ContextStore, 'getDocument' | 'edgesTo'>
}): Doubts {
  /** Whether documents are superseded, as far as it was asked since the library changed. */
  const known = new Map<ContextHash, Promise<boolean>>()
  library.documents.subscribe(() => known.clear())

  function knowSuperseded(documentHash: ContextHash): Promise<boolean> {
    const answer = known.get(documentHash) ?? isSuperseded(contextStore, documentHash)
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(documentHash, answer)
    answer.catch(() => known.delete(documentHash))
    return answer
  }

  return {
    async about(passages) {
      const documents = [...new Set(passages.map(({ documentHash }) => documentHash))]
      const [judgements, superseded] = await Promise.all([
        questions.lastJudgements(),
        Promise.all(documents.map(knowSuperseded)),
      ])
      const old = new Set(documents.filter((_, at) => superseded[at]))
      const doubts = new Map<ContextHash, Doubt>()
      for (const { contextHash, documentHash } of passages) {
        const judgement = judgements.get(contextHash)
        if (judgement === 'wrong' || judgement === 'outdated') doubts.set(contextHash, judgement)
        else if (old.has(documentHash)) doubts.set(contextHash, 'superseded')
      }
      return doubts
    },
  }
}
