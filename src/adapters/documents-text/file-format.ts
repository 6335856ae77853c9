import type { DocumentKind } from '../../domain/content/document.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { extensionOf, fileName } from './file-path.ts'

/** How a text is to be read; `language` is empty for everything but source code. */
export interface FileFormat {
  readonly kind: Exclude<DocumentKind, 'pdf' | 'docx'>
  readonly language: string
}

const markdown = formats('markdown', 'md markdown mdx mdown mkd')
const plainText = formats('text', 'txt text rst adoc asciidoc org tex log srt vtt')
const html = formats('html', 'html htm xhtml')
const csv = formats('csv', 'csv tsv tab')
const json = formats('json', 'json jsonc json5 jsonl ndjson geojson webmanifest ipynb')
const source = Object.entries({
  typescript: 'ts tsx mts cts',
  javascript: 'js jsx mjs cjs',
  python: 'py pyi',
  go: 'go',
  rust: 'rs',
  java: 'java',
  kotlin: 'kt kts',
  scala: 'scala',
  c: 'c h',
  cpp: 'cc cpp cxx hh hpp hxx',
  csharp: 'cs',
  swift: 'swift',
  ruby: 'rb',
  php: 'php',
  lua: 'lua',
  perl: 'pl pm',
  r: 'r',
  sql: 'sql',
  css: 'css scss sass less',
  yaml: 'yaml yml',
  toml: 'toml',
  ini: 'ini cfg conf properties env',
  shell: 'sh bash zsh fish',
  powershell: 'ps1',
  dockerfile: 'dockerfile',
  makefile: 'makefile mk',
  xml: 'xml xsd xsl',
  svelte: 'svelte',
  vue: 'vue',
  graphql: 'graphql gql',
  protobuf: 'proto',
}).flatMap(([language, extensions]) => formats('source', extensions, language))
const formatsByExtension = new Map([...markdown, ...plainText, ...html, ...csv, ...json, ...source])

/** Extensions whose files can't be read, with the name that people know. */
const unreadable = new Map(
  Object.entries({
    'old Word': 'doc dot',
    OpenDocument: 'odt ods odp',
    'rich text': 'rtf',
    PowerPoint: 'ppt pptx',
    Excel: 'xls xlsx',
    'e-book': 'epub mobi',
    image: 'png jpg jpeg gif webp avif bmp ico tif tiff heic svg psd',
    audio: 'mp3 wav ogg oga flac m4a opus',
    video: 'mp4 webm mov mkv avi',
    archive: 'zip tgz bz2 xz zst 7z rar tar jar',
    program: 'exe dll so dylib wasm class pyc o a bin',
    font: 'ttf otf woff woff2 eot',
    database: 'db sqlite sqlite3 parquet',
  }).flatMap(([name, extensions]) => extensions.split(' ').map((extension) => [extension, name] as const)),
)

/** First bytes of files that can't be read, whatever they are called. */
const signatures: readonly (readonly [string, string])[] = [
  ['{\\rtf', 'rich text'],
  ['\u0089PNG', 'image'],
  ['GIF8', 'image'],
  ['\u00ff\u00d8\u00ff', 'image'],
  ['\u00d0\u00cf\u0011\u00e0', 'old or encrypted Office'],
]

/** How the bytes of a file have to be opened: as a PDF, a Word file, a packed file, or as text. */
export type Container = 'pdf' | 'docx' | 'gzip' | 'text'

/** First bytes of files that are opened in a way of their own, and the extension with which they have to begin so. */
const containers: readonly (readonly [start: string, container: Container, extension: string])[] = [
  ['%PDF-', 'pdf', 'pdf'],
  ['PK\u0003\u0004', 'docx', 'docx'],
  ['\u001f\u008b', 'gzip', 'gz'],
]
/** A PDF may begin with so many other bytes. */
const MAX_PDF_OFFSET = 1_024

const interpreters: readonly (readonly [RegExp, string])[] = [
  [/\b(?:ba|z|da|fi)?sh\b/, 'shell'],
  [/\bpython/, 'python'],
  [/\b(?:node|deno|bun)\b/, 'javascript'],
  [/\bruby\b/, 'ruby'],
  [/\bperl\b/, 'perl'],
]

/**
 * How a file is opened, which its first bytes say. Throws `unsupported` for one that is known not to be readable by its
 * name or first bytes, `bad-document` for one that does not begin as its name says.
 */
export function detectContainer(path: string, bytes: Uint8Array): Container {
  const head = String.fromCharCode(...bytes.subarray(0, MAX_PDF_OFFSET))
  const extension = extensionOf(path)
  const name = unreadable.get(extension) ?? signatures.find(([start]) => head.startsWith(start))?.[1]
  if (name !== undefined) {
    throw new LoremeshError(
      'unsupported',
      `This is a file of the kind “${name}”, which can’t be read here`,
      'Add PDF, DOCX, Markdown, plain text, HTML, JSON, CSV or source code, or save the file as one of these',
    )
  }
  if (extension === 'pdf' && head.includes('%PDF-')) return 'pdf'
  const found = containers.find(([start]) => head.startsWith(start))?.[1] ?? 'text'
  const expected = containers.find(([, , ending]) => ending === extension)?.[1] ?? found
  if (bytes.length > 0 && found !== expected) {
    throw new LoremeshError(
      'bad-document',
      `The file is broken: it does not begin as ${extension.toUpperCase()} files do`,
      'Get or save it again',
    )
  }
  return found
}

/** The format that the extension says, or else the one that the text looks like. */
export function detectFormat(path: string, text: string): FileFormat {
  return (
    formatsByExtension.get(extensionOf(path) || fileName(path).toLowerCase()) ??
    sniffFormat(text.slice(0, 4096))
  )
}

function sniffFormat(head: string): FileFormat {
  if (/^\s*<(?:!doctype html|html|head|body)\b/i.test(head)) return { kind: 'html', language: '' }
  const interpreter = /^#!.*/.exec(head)?.[0]
  if (interpreter !== undefined) {
    const language = interpreters.find(([pattern]) => pattern.test(interpreter))?.[1] ?? 'shell'
    return { kind: 'source', language }
  }
  const looksLikeMarkdown = /^(?:#{1,6} \S|```|---\r?\n\w+:)|\]\(\S/m.test(head)
  return { kind: looksLikeMarkdown ? 'markdown' : 'text', language: '' }
}

function formats(
  kind: FileFormat['kind'],
  extensions: string,
  language = '',
): (readonly [string, FileFormat])[] {
  return extensions.split(' ').map((extension) => [extension, { kind, language }])
}
