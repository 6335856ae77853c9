import { LoremeshError } from '../../domain/kernel/errors.ts'

/** A longer line is no piece of an answer. */
const MAX_LINE_CHARACTERS = 262_144

/** The lines of a body as they come, without their ends (LF or CRLF). Throws `bad-encoding` for one that is too long. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true })
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield checked(line)
      checked(rest)
      if (done) break
    }
    if (rest !== '') yield rest
  } finally {
    // Whoever stops listening stops the provider, too.
    await reader.cancel().catch(() => undefined)
  }
}

function checked(line: string): string {
  if (line.length > MAX_LINE_CHARACTERS) {
    throw new LoremeshError('bad-encoding', 'The model’s answer has a line without end', 'Try another model')
  }
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

/**
 * The data of server-sent events (HTML Living Standard, 9.2.6) among lines; names, ids, comments and other fields are
 * passed over.
 */
export async function* readEventData(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let data: string[] = []
  let size = 0
  for await (const line of lines) {
    if (line === '') {
      if (data.length > 0) yield data.join('\n')
      data = []
      size = 0
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
      size += line.length
      if (size > MAX_LINE_CHARACTERS) {
        throw new LoremeshError(
          'bad-encoding',
          'The model’s answer has an event without end',
          'Try another model',
        )
      }
    }
  }
  // Some servers leave out the blank line after the last event.
  if (data.length > 0) yield data.join('\n')
}
