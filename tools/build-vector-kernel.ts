/** Builds src/adapters/passage-index/vector-kernel-bytes.ts of the kernel's WebAssembly text: `node tools/build-vector-kernel.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import loadWabt from 'wabt'

const FOLDER = new URL('../src/adapters/passage-index/', import.meta.url)
const SOURCE = new URL('vector-kernel.wat', FOLDER)
const TARGET = new URL('vector-kernel-bytes.ts', FOLDER)
const LINE_LENGTH = 100

/** The module that holds the built kernel. */
export async function buildVectorKernel(): Promise<string> {
  const wabt = await loadWabt()
  const module = wabt.parseWat('vector-kernel.wat', readFileSync(SOURCE, 'utf8'), { simd: true })
  module.validate()
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64')
  const lines = base64.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? []
  return [
    '/** The kernel of vector-kernel.wat as WebAssembly, in base64; made by tools/build-vector-kernel.ts. */',
    'export const VECTOR_KERNEL =',
    lines.map((line) => `  '${line}'`).join(' +\n'),
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, await buildVectorKernel())
