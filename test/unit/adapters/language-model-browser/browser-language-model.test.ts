import { describe, expect, it } from 'vitest'
import {
  createBrowserLanguageModel,
  findPromptApi,
  type PromptApi,
} from '../../../../src/adapters/language-model-browser/browser-language-model.ts'

const MESSAGES = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Why?' },
] as const

/** A Prompt API that answers with what it was given; `failure` is what its session breaks with. */
function createPromptApi(
  options: { readonly isMissing?: boolean; readonly failure?: string; readonly onDestroy?: () => void } = {},
): PromptApi {
  return {
    availability: () => Promise.resolve(options.isMissing === true ? 'unavailable' : 'downloadable'),
    create: ({ initialPrompts }) =>
      Promise.resolve({
        promptStreaming: (input: string) =>
          new ReadableStream<string>({
            start(controller) {
              controller.enqueue(`${initialPrompts[0]?.content ?? ''} ${input}`)
              if (options.failure !== undefined) controller.error(new DOMException('', options.failure))
              else controller.close()
            },
          }),
        destroy: () => options.onDestroy?.(),
      }),
  }
}

async function readAll(api: PromptApi | undefined, signal?: AbortSignal): Promise<string> {
  let text = ''
  for await (const piece of createBrowserLanguageModel(api).stream(MESSAGES, signal)) text += piece
  return text
}

describe('the language model of the browser', () => {
  it('writes, and its session is given back', async () => {
    let destroyed = 0
    expect(await readAll(createPromptApi({ onDestroy: () => (destroyed += 1) }))).toBe('Be brief. Why?')
    expect(destroyed).toBe(1)
  })

  it('says when there is none, when it fails, and when it was stopped', async () => {
    await expect(readAll(undefined)).rejects.toMatchObject({ code: 'unsupported' })
    await expect(readAll(createPromptApi({ isMissing: true }))).rejects.toMatchObject({ code: 'unsupported' })
    const codes = {
      QuotaExceededError: 'message-too-large',
      NotAllowedError: 'not-ready',
      UnknownError: 'unavailable',
    }
    for (const [failure, code] of Object.entries(codes)) {
      await expect(readAll(createPromptApi({ failure }))).rejects.toMatchObject({ code })
    }
    await expect(readAll(createPromptApi(), AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
  })

  it('is looked for by its shape', () => {
    expect(findPromptApi({ LanguageModel: createPromptApi() })).toBeDefined()
    expect(findPromptApi({})).toBeUndefined()
    expect(findPromptApi({ LanguageModel: { availability: true } })).toBeUndefined()
  })
})
