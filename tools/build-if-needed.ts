import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** Everything that the built app is made of. */
const SOURCES = [
  'src/**/*',
  'public/**/*',
  'content/guide/**/*',
  'index.html',
  'vite.config.ts',
  'tools/*.ts',
  'tools/use-lite/*.ts',
  'package-lock.json',
]
const STAMP = 'dist/.build-stamp'

/** SHA-256 over the path and content of every source. */
function digestSources(): string {
  const hash = createHash('sha256')
  for (const path of globSync(SOURCES).sort()) {
    if (statSync(path).isFile()) hash.update(path).update('\0').update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const digest = digestSources()
if (existsSync('dist/index.html') && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest) {
  console.error('The app is built already')
} else {
  console.error('Building the app; this takes a moment')
  await build()
  writeFileSync(STAMP, digest)
}
