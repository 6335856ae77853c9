/** A passage without the Markdown heading that it begins with, which its card shows as the title already. */
export function passageBody(text: string): string {
  return text.replace(/^#{1,6} [^\n]*\n+(?=\S)/, '')
}
