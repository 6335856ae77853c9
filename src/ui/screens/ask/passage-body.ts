/**
 * A passage for reading: without the Markdown heading that it begins with, which its card shows as the title, and with
 * links and bold words written as their words alone. Brackets and stars of source code stay.
 */
export function passageBody(text: string): string {
  return text
    .replace(/^\s*#{1,6}[ \t][^\n]*\n\s*(?=\S)/, '')
    .replace(/(?<![\w\])])\[([^\]\n]+)\]\([^()\s]*[./#][^()\s]*\)/g, '$1')
    .replace(/(?<![\w*])\*\*(\S(?:[^*\n]*\S)?)\*\*(?![\w*])/g, '$1')
}
