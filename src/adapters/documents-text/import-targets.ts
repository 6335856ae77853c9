/** Imports of one block that are kept. */
const MAX_IMPORTS = 64

const script = /(?:\bfrom\s|^\s*import\s|\bimport\(|\brequire\()\s*(["'])([^"'\n]{1,500})\1/gm
const python = /^\s*(?:from|import)\s+([\w.]{1,300})/gm
const include = /^\s*#\s*include\s*(["<])([^">\n]{1,500})[">]/gm
const style = /@(?:import|use|forward)\s+(?:url\()?\s*(["'])([^"'\n]{1,500})\1/g
const shell = /^\s*(?:source|\.)\s+(["']?)([^\s"';&|]{1,500})\1/gm
const statement = /^\s*(?:pub\s+)?(?:import|use|using)\s+(?:static\s+)?()([\w.:]{1,300})/gm
const quoted = /^\s*(?:import\s+)?(?:[\w.]{1,80}\s+)?(")([^"\s]{1,500})"\s*$/gm

/** How languages write imports; the second group is the target. */
const patterns: Readonly<Record<string, RegExp>> = {
  typescript: script,
  javascript: script,
  svelte: script,
  vue: script,
  c: include,
  cpp: include,
  css: style,
  shell,
  java: statement,
  kotlin: statement,
  scala: statement,
  csharp: statement,
  rust: statement,
  go: quoted,
}

/** Targets of the imports in a piece of source code, as written, each once. */
export function importTargets(code: string, language: string): readonly string[] {
  const targets = new Set<string>()
  const found = language === 'python' ? pythonModules(code) : quotedTargets(code, language)
  for (const target of found) {
    targets.add(target)
    if (targets.size === MAX_IMPORTS) break
  }
  return [...targets]
}

function* quotedTargets(code: string, language: string): Generator<string> {
  const pattern = patterns[language]
  if (pattern === undefined || (language === 'go' && !/^import\b/m.test(code))) return
  for (const [, , target] of code.matchAll(pattern)) if (target !== undefined) yield target
}

/** Python writes relative modules with dots: `..a.b` is the path `../a/b`. */
function* pythonModules(code: string): Generator<string> {
  for (const [, name = ''] of code.matchAll(python)) {
    const dots = /^\.*/.exec(name)?.[0].length ?? 0
    const path = name.slice(dots).replaceAll('.', '/')
    yield dots === 0 ? name : (dots === 1 ? './' : '../'.repeat(dots - 1)) + path
  }
}
