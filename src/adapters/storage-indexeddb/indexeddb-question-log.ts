import { Dexie } from 'dexie'
import type { QuestionLog } from '../../ports/question-log.ts'
import type { ContentDatabase } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** A question log over an open database. */
export function createIndexedDbQuestionLog({ questions }: ContentDatabase): QuestionLog {
  return {
    put: (question) =>
      withStorageErrors(async () => {
        await questions.put(question)
      }),
    get: (id) => withStorageErrors(() => questions.get(id)),
    newestOf: (text) =>
      withStorageErrors(() =>
        questions.where('[question+askedAtMs]').between([text, Dexie.minKey], [text, Dexie.maxKey]).last(),
      ),
    list: () => withStorageErrors(() => questions.orderBy('askedAtMs').reverse().toArray()),
    remove: (ids) => withStorageErrors(() => questions.bulkDelete([...ids])),
    prune: (keep) =>
      withStorageErrors(async () => {
        await questions.orderBy('askedAtMs').reverse().offset(keep).delete()
      }),
  }
}
