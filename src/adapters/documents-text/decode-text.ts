import { LoremeshError } from '../../domain/kernel/errors.ts'

/**
 * The text of a file, without a byte order mark, line ends as they are. Throws `bad-document` for one that is empty or
 * binary, `bad-utf8` for one in another encoding.
 */
export function decodeText(bytes: Uint8Array): string {
  if (hasUtf16Mark(bytes)) {
    throw new LoremeshError('bad-utf8', 'The file is UTF-16 text, not UTF-8', 'Save it in the encoding UTF-8')
  }
  if (bytes.includes(0)) {
    throw new LoremeshError('bad-document', 'The file is binary, not text', 'Add a file with readable text')
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new LoremeshError('bad-utf8', 'The file is not UTF-8 text', 'Save it in the encoding UTF-8', {
      cause,
    })
  }
  if (text.trim() === '') {
    throw new LoremeshError('bad-document', 'The file is empty', 'Add a file with readable text')
  }
  return text
}

function hasUtf16Mark([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
}
