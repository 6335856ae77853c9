import { createHttpLanguageModel } from '../adapters/language-model-http/http-language-model.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { OpenLanguageModel } from '../ports/language-model.ts'

/** Gives the language model of a choice, over HTTP. */
export const openNodeLanguageModel: OpenLanguageModel = (choice) => {
  const { provider } = choice
  if (provider === 'browser') {
    throw new LoremeshError('unsupported', 'There is no browser here whose model could be asked')
  }
  return createHttpLanguageModel({ ...choice, provider })
}
