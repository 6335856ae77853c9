import * as v from 'valibot'
import { splitInstructions, type ModelWire } from './model-wire.ts'

const chunk = v.object({
  candidates: v.optional(
    v.array(
      v.object({
        content: v.optional(
          v.object({ parts: v.optional(v.array(v.object({ text: v.optional(v.string(), '') }))) }),
        ),
        finishReason: v.nullish(v.string()),
      }),
    ),
  ),
  promptFeedback: v.optional(v.object({ blockReason: v.optional(v.string()) })),
  error: v.optional(v.object({ message: v.optional(v.string(), 'unknown error') })),
})

/** Google's Gemini API. */
export const geminiWire: ModelWire = {
  framing: 'server-sent-events',
  toRequest({ model, apiKey }, messages) {
    const { instructions, turns } = splitInstructions(messages)
    const name = model.replace(/^models\//, '')
    return {
      path: `/models/${encodeURIComponent(name)}:streamGenerateContent?alt=sse`,
      headers: { 'x-goog-api-key': apiKey },
      body: {
        ...(instructions === '' ? {} : { systemInstruction: { parts: [{ text: instructions }] } }),
        contents: turns.map(({ role, content }) => ({ role, parts: [{ text: content }] })),
      },
    }
  },
  readEvent(value) {
    const read = v.safeParse(chunk, value)
    if (!read.success) return undefined
    const { candidates = [], promptFeedback, error } = read.output
    const [candidate] = candidates
    const blocked = promptFeedback?.blockReason
    return {
      text: (candidate?.content?.parts ?? []).map(({ text }) => text).join(''),
      isEnd: candidate?.finishReason != null,
      failure: error?.message ?? (blocked === undefined ? '' : `the question was blocked (${blocked})`),
    }
  },
}
