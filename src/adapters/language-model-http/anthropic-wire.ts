import * as v from 'valibot'
import { MAX_OUTPUT_TOKENS, splitInstructions, type ModelWire } from './model-wire.ts'

const event = v.object({
  type: v.string(),
  delta: v.optional(v.object({ text: v.optional(v.string()) })),
  error: v.optional(v.object({ message: v.optional(v.string(), 'unknown error') })),
})

/** Anthropic's messages, asked from a page: that the user's own key is used there has to be said in a header. */
export const anthropicWire: ModelWire = {
  framing: 'server-sent-events',
  toRequest({ model, apiKey }, messages) {
    const { instructions, turns } = splitInstructions(messages)
    return {
      path: '/messages',
      headers: {
        'x-api-key': apiKey,
        'anthropic-version': '2023-06-01',
        'anthropic-dangerous-direct-browser-access': 'true',
      },
      body: {
        model,
        max_tokens: MAX_OUTPUT_TOKENS,
        ...(instructions === '' ? {} : { system: instructions }),
        messages: turns,
        stream: true,
      },
    }
  },
  readEvent(value) {
    const read = v.safeParse(event, value)
    if (!read.success) return undefined
    const { type, delta, error } = read.output
    return {
      text: type === 'content_block_delta' ? (delta?.text ?? '') : '',
      isEnd: type === 'message_stop',
      failure: error?.message ?? '',
    }
  },
}
