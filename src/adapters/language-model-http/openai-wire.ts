import * as v from 'valibot'
import type { ModelWire } from './model-wire.ts'

const chunk = v.object({
  choices: v.optional(
    v.array(
      v.object({
        delta: v.optional(v.object({ content: v.nullish(v.string()) })),
        finish_reason: v.nullish(v.string()),
      }),
    ),
  ),
  error: v.nullish(v.union([v.string(), v.object({ message: v.optional(v.string(), 'unknown error') })])),
})

/** OpenAI's chat completions, which most other servers speak as well. */
export const openaiWire: ModelWire = {
  framing: 'server-sent-events',
  toRequest: ({ model, apiKey }, messages) => ({
    path: '/chat/completions',
    headers: apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` },
    body: { model, messages, stream: true },
  }),
  readEvent(value) {
    const read = v.safeParse(chunk, value)
    if (!read.success) return undefined
    const { choices = [], error } = read.output
    const [choice] = choices
    return {
      text: choice?.delta?.content ?? '',
      isEnd: choice?.finish_reason != null,
      failure: typeof error === 'string' ? error : (error?.message ?? ''),
    }
  },
}
