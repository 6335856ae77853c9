/** Longest address or path that becomes a node of the graph, in characters. */
const MAX_TARGET_CHARACTERS = 2048

/**
 * The node that a link written in a document points to: a web address as it is, or the path of a document of the
 * library, resolved against the path of the document that holds the link; fragments are dropped. Undefined for what is
 * neither (a place in the same document, mail, scripts, inline data) and for a relative path that climbs out.
 */
export function resolveLink(documentPath: string, target: string): string | undefined {
  const [address = ''] = target.trim().split('#', 1)
  if (address === '' || address.length > MAX_TARGET_CHARACTERS) return undefined
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase()
  if (scheme !== undefined) return scheme === 'http' || scheme === 'https' ? address : undefined
  if (address.startsWith('//')) return `https:${address}`
  const [path = ''] = address.split('?', 1)
  if (path === '') return undefined
  const absolute = path.startsWith('/')
  const folder = absolute ? [] : normalizePath(documentPath).split('/').slice(0, -1)
  return joinSegments([...folder, ...decodePath(path).split('/')])
}

/** A path in its one form: forward slashes, no empty or `.` segments, no leading slash. */
export function normalizePath(path: string): string {
  return joinSegments(path.replaceAll('\\', '/').split('/')) ?? ''
}

function joinSegments(segments: readonly string[]): string | undefined {
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') kept.push(segment)
    else if (kept.pop() === undefined) return undefined
  }
  return kept.length === 0 ? undefined : kept.join('/')
}

/** `%20` and its like as the characters they stand for; a path that is not encoded properly stays as it is. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
