/** What a document says about itself before its text. */
export interface FrontMatter {
  readonly title: string
  readonly tags: readonly string[]
  /** UTF-16 offset at which the text begins; 0 without front matter. */
  readonly end: number
}

const MAX_CHARACTERS = 8_192

/** Reads `title:` and `tags:` of the YAML between two `---` lines at the start of a text; everything else is skipped. */
export function readFrontMatter(text: string): FrontMatter {
  const match = /^---[ \t]*\r?\n([\s\S]*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/m.exec(
    text.slice(0, MAX_CHARACTERS),
  )
  const [whole, yaml] = match?.index === 0 ? match : []
  if (whole === undefined || yaml === undefined) return { title: '', tags: [], end: 0 }
  return { title: unquote(valueOf(yaml, 'title')), tags: listOf(yaml, 'tags'), end: whole.length }
}

function valueOf(yaml: string, key: string): string {
  return new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(yaml)?.[1]?.trim() ?? ''
}

/** A list written as `[a, b]`, as `a, b`, or as lines of `- a` below the key. */
function listOf(yaml: string, key: string): readonly string[] {
  const inline = valueOf(yaml, key)
  const block = new RegExp(`^${key}:[ \\t]*\\r?\\n((?:[ \\t]*-[ \\t].*(?:\\r?\\n|$))+)`, 'm').exec(yaml)?.[1]
  const items = inline === '' ? (block ?? '').split('\n') : inline.replace(/^\[|\]$/g, '').split(',')
  return items.map((item) => unquote(item.trim().replace(/^-[ \t]+/, ''))).filter((item) => item !== '')
}

function unquote(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value
}
