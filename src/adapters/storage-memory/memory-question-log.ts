import type { KeptQuestion, QuestionLog } from '../../ports/question-log.ts'
import { settle } from './settle.ts'

/** A question log that lives as long as the process, for ephemeral peers and tests. */
export function createMemoryQuestionLog(): QuestionLog {
  const kept = new Map<string, KeptQuestion>()

  function newestFirst(): KeptQuestion[] {
    return [...kept.values()].sort((a, b) => b.askedAtMs - a.askedAtMs)
  }

  return {
    put: (question) => settle(() => void kept.set(question.id, question)),
    get: (id) => settle(() => kept.get(id)),
    newestOf: (text) => settle(() => newestFirst().find(({ question }) => question === text)),
    list: () => settle(newestFirst),
    remove: (ids) => settle(() => ids.forEach((id) => kept.delete(id))),
    prune: (keep) =>
      settle(() => {
        for (const { id } of newestFirst().slice(keep)) kept.delete(id)
      }),
  }
}
