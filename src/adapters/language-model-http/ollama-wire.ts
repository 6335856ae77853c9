import * as v from 'valibot'
import type { ModelWire } from './model-wire.ts'

const line = v.object({
  message: v.optional(v.object({ content: v.optional(v.string(), '') })),
  done: v.optional(v.boolean(), false),
  error: v.optional(v.string(), ''),
})

/** Ollama's own API, for models on this machine. */
export const ollamaWire: ModelWire = {
  framing: 'json-lines',
  toRequest: ({ model, apiKey }, messages) => ({
    path: '/api/chat',
    headers: apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` },
    body: { model, messages, stream: true },
  }),
  readEvent(value) {
    const read = v.safeParse(line, value)
    if (!read.success) return undefined
    const { message, done, error } = read.output
    return { text: message?.content ?? '', isEnd: done, failure: error }
  },
}
