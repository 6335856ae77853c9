import {
  createBrowserLanguageModel,
  findPromptApi,
} from '../adapters/language-model-browser/browser-language-model.ts'
import { createHttpLanguageModel } from '../adapters/language-model-http/http-language-model.ts'
import type { OpenLanguageModel } from '../ports/language-model.ts'

/** Gives the language model of a choice: the browser's own, or one over HTTP. */
export const openTabLanguageModel: OpenLanguageModel = (choice) => {
  const { provider } = choice
  return provider === 'browser'
    ? createBrowserLanguageModel(findPromptApi(globalThis))
    : createHttpLanguageModel({ ...choice, provider }, { pageOrigin: location.origin })
}
