import type { DocumentKind } from '../../domain/content/document.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { fileName } from './file-path.ts'

/** How a file is to be read; `language` is empty for everything but source code. */
export interface FileFormat {
  readonly kind: DocumentKind
  readonly language: string
}

const markdown = formats('markdown', 'md markdown mdx mdown mkd')
const plainText = formats('text', 'txt text rst adoc asciidoc org tex log csv tsv srt vtt')
const html = formats('html', 'html htm xhtml')
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
  json: 'json jsonc json5 webmanifest ipynb',
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
const formatsByExtension = new Map([...markdown, ...plainText, ...html, ...source])

/** Extensions whose files are no text, with the name that people know. */
const unreadable = new Map(
  Object.entries({
    PDF: 'pdf',
    Word: 'doc docx',
    OpenDocument: 'odt ods odp',
    'rich text': 'rtf',
    PowerPoint: 'ppt pptx',
    Excel: 'xls xlsx',
    'e-book': 'epub mobi',
    image: 'png jpg jpeg gif webp avif bmp ico tif tiff heic svg psd',
    audio: 'mp3 wav ogg oga flac m4a opus',
    video: 'mp4 webm mov mkv avi',
    archive: 'zip gz tgz bz2 xz zst 7z rar tar jar',
    program: 'exe dll so dylib wasm class pyc o a bin',
    font: 'ttf otf woff woff2 eot',
    database: 'db sqlite sqlite3 parquet',
  }).flatMap(([name, extensions]) => extensions.split(' ').map((extension) => [extension, name] as const)),
)

/** First bytes of files that are no text, whatever they are called. */
const signatures: readonly (readonly [string, string])[] = [
  ['%PDF-', 'PDF'],
  ['{\\rtf', 'rich text'],
  ['PK\u0003\u0004', 'archive'],
  ['\u0089PNG', 'image'],
  ['GIF8', 'image'],
  ['\u00ff\u00d8\u00ff', 'image'],
  ['\u001f\u008b', 'archive'],
]

const interpreters: readonly (readonly [RegExp, string])[] = [
  [/\b(?:ba|z|da|fi)?sh\b/, 'shell'],
  [/\bpython/, 'python'],
  [/\b(?:node|deno|bun)\b/, 'javascript'],
  [/\bruby\b/, 'ruby'],
  [/\bperl\b/, 'perl'],
]

/** Throws `unsupported` for a file that is known to be no text, by its name or its first bytes. */
export function assertReadable(path: string, bytes: Uint8Array): void {
  const head = String.fromCharCode(...bytes.subarray(0, 8))
  const name = unreadable.get(extensionOf(path)) ?? signatures.find(([start]) => head.startsWith(start))?.[1]
  if (name === undefined) return
  throw new LoremeshError(
    'unsupported',
    `This is a file of the kind "${name}", which can't be read here`,
    'Add Markdown, plain text, HTML or source code, or save the file as one of these',
  )
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

/** Lower-case extension without its dot; empty for a name without one. */
function extensionOf(path: string): string {
  const name = fileName(path).toLowerCase()
  return name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : ''
}

function formats(kind: DocumentKind, extensions: string, language = ''): (readonly [string, FileFormat])[] {
  return extensions.split(' ').map((extension) => [extension, { kind, language }])
}
