import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { Doubt } from '../domain/retrieval/doubt.ts'
import type { ContextStore } from '../ports/context-store.ts'
import { isSuperseded } from './earlier-versions.ts'
import type { Questions } from './questions.ts'

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
  contextStore,
}: {
  readonly questions: Pick<Questions, 'lastJudgements'>
  readonly contextStore: Pick<ContextStore, 'getDocument' | 'edgesTo'>
}): Doubts {
  return {
    async about(passages) {
      const documents = [...new Set(passages.map(({ documentHash }) => documentHash))]
      const [judgements, superseded] = await Promise.all([
        questions.lastJudgements(),
        Promise.all(documents.map((documentHash) => isSuperseded(contextStore, documentHash))),
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
