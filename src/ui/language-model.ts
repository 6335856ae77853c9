import { parseModelChoice, type ModelChoice } from '../domain/answer/model-choice.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'

/** The language model that writes answers, with its key: kept in this browser only, apart from everything exported. */
export interface LanguageModelStore extends Readable<ModelChoice | null> {
  get(): ModelChoice | null
  /** Null forgets the model and its key. */
  choose(choice: ModelChoice | null): void
}

const STORAGE_KEY = 'loremesh:language-model'

/** The choice kept in `storage`. A storage that is blocked or full makes it last for this tab only. */
export function createLanguageModelStore(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
): LanguageModelStore {
  const choice = createWritable<ModelChoice | null>(load(storage))
  return {
    get: choice.get,
    subscribe: choice.subscribe,
    choose(next) {
      choice.set(next)
      try {
        if (next === null) storage.removeItem(STORAGE_KEY)
        else storage.setItem(STORAGE_KEY, JSON.stringify(next))
      } catch {
        // A blocked storage is no reason to refuse the choice.
      }
    },
  }
}

function load(storage: Pick<Storage, 'getItem'>): ModelChoice | null {
  try {
    return parseModelChoice(JSON.parse(storage.getItem(STORAGE_KEY) ?? 'null')) ?? null
  } catch {
    return null
  }
}
