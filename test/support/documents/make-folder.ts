import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { BAD_FILES } from './bad-files.ts'
import { makeHandbookDocx, makeTextDocx } from './make-docx.ts'
import { makePdf, makeReportPdf } from './make-pdf.ts'

const modules = resolve(import.meta.dirname, '../../../node_modules')
const packages = [
  'ajv',
  'avvio',
  'dexie',
  'fast-check',
  'fastify',
  'find-my-way',
  'light-my-request',
  'onnxruntime-web',
  'pino',
  'valibot',
]
/** Of the packages, what can't be read and why. */
const FAILING_DOCUMENTATION = [
  { path: 'encapsulation_context.svg', reason: /“image”, which can’t be read/ },
] as const

/** Files of a folder that have to fail, and how. */
export const EXPECTED_FAILURES: readonly { readonly path: string; readonly reason: RegExp }[] = [
  ...BAD_FILES,
  ...FAILING_DOCUMENTATION,
]

/**
 * A folder of READMEs and documentation folders of ten packages, three PDFs by PDFKit, two Word files by docx, everything
 * that can't be read, and a hidden folder. With `isLong` two of the PDFs and a Word file are as long as books.
 */
export async function makeDocumentFolder({ isLong = false } = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-drop-'))
  for (const name of packages) copyDocumentation(name, join(folder, name))
  writeFileSync(join(folder, 'report.pdf'), await makeReportPdf())
  for (const number of [1, 2]) {
    const lantern = `The lantern of room ${number} is blue.`
    const book = isLong ? readmes(number) : ''
    writeFileSync(
      join(folder, `notes-${number}.pdf`),
      await makePdf((pdf) => pdf.text(`${lantern}\n${book}`)),
    )
  }
  writeFileSync(join(folder, 'handbook.docx'), await makeHandbookDocx())
  const minutes = ['The kettle of the third floor is red.', ...(isLong ? readmes(3).split('\n') : [])]
  writeFileSync(join(folder, 'minutes.docx'), await makeTextDocx(minutes))
  for (const { path, content, sizeBytes } of BAD_FILES) {
    writeFileSync(join(folder, path), await content())
    if (sizeBytes !== undefined) truncateSync(join(folder, path), sizeBytes)
  }
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, '.git', 'config'), 'not for the library')
  return folder
}

function copyDocumentation(name: string, target: string): void {
  mkdirSync(target)
  for (const part of readdirSync(join(modules, name))) {
    if (!/^readme.*\.md$/i.test(part) && part !== 'docs') continue
    cpSync(join(modules, name, part), join(target, part), { recursive: true })
  }
}

/** About 150 kB of text that people wrote, another one for each number, in characters that every font has. */
function readmes(number: number): string {
  const pages = readdirSync(join(modules, 'fastify', 'docs', 'Reference')).filter(
    (_, at) => at % 3 === number - 1,
  )
  const text = pages.map((page) => readFileSync(join(modules, 'fastify', 'docs', 'Reference', page), 'utf8'))
  return text.join('\n').replace(/[^\x20-\x7e\n]/g, '')
}
