/** Parsing and converting recurse, and take time that grows with the square of the depth; pages that people write stay below 100. */
const MAX_DEPTH = 400
/** Each element takes 5 kB while it is converted, a cell of a table three times as much; pages that people write have some thousands. */
const MAX_ELEMENTS = 15_000
const CELL_ELEMENTS = 3

/** Elements that never have an end tag, or whose end tag may be left out because the next one of their kind ends them. */
const SELF_ENDING = new Set(
  'area base br col embed hr img input link meta source track wbr p li dt dd tr td th thead tbody tfoot option optgroup colgroup rp rt head body html'.split(
    ' ',
  ),
)

/**
 * True when a page has more elements than people write, or more of them open at once. A scan over the tags in linear
 * time, which may count too many.
 */
export function htmlIsTooComplex(html: string): boolean {
  const openByName = new Map<string, number>()
  let depth = 0
  let elements = 0
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9-]{0,40})/gi)) {
    const tagName = name.toLowerCase()
    if (slash === '') elements += tagName === 'td' || tagName === 'th' ? CELL_ELEMENTS : 1
    if (elements > MAX_ELEMENTS) return true
    if (SELF_ENDING.has(tagName)) continue
    const open = openByName.get(tagName) ?? 0
    if (slash === '') {
      openByName.set(tagName, open + 1)
      depth++
    } else if (open > 0) {
      openByName.set(tagName, open - 1)
      depth--
    }
    if (depth > MAX_DEPTH) return true
  }
  return false
}
