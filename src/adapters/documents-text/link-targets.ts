/** Links of one block that are kept. */
const MAX_LINKS = 64

const picture = /!\[[^\][\n]{0,200}\]\([^()\n]{0,2048}\)/
const inlineLink =
  /\]\([ \t]*(?:<([^<>\n]{1,2048})>|([^\s<>()]{1,2048}(?:\([^\s<>()]{0,200}\)[^\s<>()]{0,200})?))/
const definition = /^ {0,3}\[[^\][\n]{1,200}\]:[ \t]+<?([^\s<>]{1,2048})/
const bareAddress = /(https?:\/\/[^\s<>()[\]"'`|]{1,2048})/
/** All repeats are bounded or can match in one way only, so it takes linear time on any text. */
const LINK = new RegExp(
  [picture, inlineLink, definition, bareAddress].map(({ source }) => source).join('|'),
  'gm',
)

/** Targets of the links in a piece of Markdown, as written, each once; pictures are left out, for there is nothing to read. */
export function linkTargets(markdown: string): readonly string[] {
  const targets = new Set<string>()
  for (const [, bracketed, plain, defined, bare] of markdown.matchAll(LINK)) {
    const target = bracketed ?? plain ?? defined ?? bare?.replace(/[.,;:!?*_~]{1,8}$/, '')
    if (target !== undefined && target !== '') targets.add(target)
    if (targets.size === MAX_LINKS) break
  }
  return [...targets]
}
