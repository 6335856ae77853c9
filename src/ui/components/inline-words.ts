/** A UTF-16 range of a text, end exclusive. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** A text without its inline markup, and the stretches of it that were written as code. */
export interface InlineWords {
  readonly text: string
  readonly codes: readonly TextRange[]
}

const CODE = /(?<!`)(`{1,3})(?!`)(.+?)(?<!`)\1(?!`)/s
/** A link whose words are code. */
const CODE_LINK = /\[(`[^`\n]+`)\](?:\([^()\n]*\)|\[[^\]\n]*\])/g
const IMAGE = /!\[([^[\]\n]*)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\]\n]*\])/g
const LINK = /(?<![\w\])])\[([^[\]\n]+)\]\((?=[^()\s]*[./#])[^()\s]+(?:\s+"[^"\n]*")?\)/g
const REFERENCE = /(?<![\w\])])\[([^[\]\n]+)\]\[[^\]\n]*\]/g
const BOLD = /(?<![\w*])\*\*(\S(?:[^*\n]*\S)?)\*\*(?![\w*])/g
const BARE_LINK = /<(https?:\/\/[^\s<>]+)>/g
/** HTML that authors of Markdown use for layout; other angle brackets are the text's own. */
const TAG =
  /<!--(?:(?!<!--).)*?-->|<\/?(?:a|b|br|center|code|div|details|em|figure|h[1-6]|hr|i|img|kbd|p|picture|samp|small|source|span|strong|sub|summary|sup|u|video)(?:\s[^<>]*)?\/?>/gis

/**
 * The words of a stretch of Markdown: links, images and bold are their words, layout tags are gone, and inline code has
 * lost its backticks. Brackets and stars that are none of these stay.
 */
export function inlineWords(markdown: string): InlineWords {
  const codes: TextRange[] = []
  let text = ''
  let rest = markdown.replace(CODE_LINK, '$1')
  for (;;) {
    const found = CODE.exec(rest)
    text += plainWords(rest.slice(0, found?.index))
    if (found === null) return { text, codes }
    const [, , inside = ''] = found
    // Of blank code the blanks stay: words on both sides of it are two words.
    const code = inside.trim() || inside
    codes.push({ start: text.length, end: text.length + code.length })
    text += code
    rest = rest.slice(found.index + found[0].length)
  }
}

function plainWords(text: string): string {
  return text
    .replace(IMAGE, '$1')
    .replace(LINK, '$1')
    .replace(REFERENCE, '$1')
    .replace(BARE_LINK, '$1')
    .replace(TAG, '')
    .replace(BOLD, '$1')
}
