/** Folder names that say nothing about what is in them. */
const MEANINGLESS_FOLDERS = new Set(['docs', 'doc', 'src', 'lib', 'dist', 'node_modules', '.', '..', ''])

/** The last part of a path, whichever slashes it is written with. */
export function fileName(path: string): string {
  return segments(path).at(-1) ?? path
}

/**
 * The names of the two folders nearest to a file that say what it is about. An absolute path gives none: it tells about
 * its owner's machine, and tags are shared.
 */
export function folderNames(path: string): readonly string[] {
  if (/^(?:[/\\~]|[a-z]:)/i.test(path)) return []
  return segments(path)
    .slice(0, -1)
    .filter((name) => !MEANINGLESS_FOLDERS.has(name.toLowerCase()))
    .slice(-2)
}

/** What a file is about that describes the folder around it, as a README does; empty for any other and without a folder. */
export function describedFolder(path: string): string {
  return /^(?:readme|index)(?:\.\w+)?$/i.test(fileName(path)) ? (folderNames(path).at(-1) ?? '') : ''
}

/** Lower-case extension without its dot; empty for a name without one. */
export function extensionOf(path: string): string {
  const name = fileName(path).toLowerCase()
  return name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : ''
}

function segments(path: string): string[] {
  return path.split(/[/\\]/)
}
