import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
const folders: string[] = []

/** A small project with the real rules, in which one file breaks them. */
function plant(path: string, source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-layers-'))
  folders.push(folder)
  const configs = ['.dependency-cruiser.mjs', 'eslint.config.js', 'package.json']
  const settings = ['tsconfig.base.json', 'tsconfig.json', 'tsconfig.node.json', 'tsconfig.worker.json']
  for (const file of [...configs, ...settings]) cpSync(join(root, file), join(folder, file))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'signaling'))
  writeFileSync(join(folder, 'signaling/main.ts'), 'export {}\n')
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), source)
  return folder
}

function run(
  folder: string,
  script: string,
  args: readonly string[],
): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', script), ...args],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )
  return { status, output: stdout + stderr }
}

const cruise = ['src', 'signaling', '--config', '.dependency-cruiser.mjs']

describe('the layer checks', () => {
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })

  it('refuse dexie in the domain', () => {
    const folder = plant(
      'src/domain/kernel/planted.ts',
      "import Dexie from 'dexie'\nexport const planted = Dexie\n",
    )
    const { status, output } = run(folder, 'dependency-cruiser/bin/dependency-cruiser.mjs', cruise)
    expect(output).toContain('domain-knows-only-domain')
    expect(status).not.toBe(0)
  })

  it('refuse libp2p in the screens', () => {
    const source = "import { createLibp2p } from 'libp2p'\nexport const planted = createLibp2p\n"
    const folder = plant('src/ui/planted.ts', source)
    const { status, output } = run(folder, 'dependency-cruiser/bin/dependency-cruiser.mjs', cruise)
    expect(output).toContain('ui-speaks-to-the-peer-only')
    expect(status).not.toBe(0)
  })

  it('refuse libp2p types in a component, which only ESLint can see', () => {
    const source =
      '<script lang="ts">\n  import type { Libp2p } from \'libp2p\'\n  const { node }: { node: Libp2p } = $props()\n</script>\n\n{node.status}\n'
    const folder = plant('src/ui/Planted.svelte', source)
    const { status, output } = run(folder, 'eslint/bin/eslint.js', ['src/ui/Planted.svelte'])
    expect(output).toContain('no-restricted-imports')
    expect(status).not.toBe(0)
  })
})
