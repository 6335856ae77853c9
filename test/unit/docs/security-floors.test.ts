import { expect, it } from 'vitest'
import { readProjectFile } from '../../support/project-files.ts'

const { packages } = JSON.parse(readProjectFile('package-lock.json')) as {
  packages: Record<string, { readonly version?: string }>
}
const floors = Array.from(
  readProjectFile('docs/PROTOCOLS.md').matchAll(/^\| `(@libp2p\/[\w-]+)` +\| (\d+\.\d+\.\d+) +\|$/gm),
  ([, name = '', least = '']) => ({ name, least }),
)

/** Versions of a package in the lock file, copies inside other packages included. */
function lockedVersions(name: string): string[] {
  return Object.entries(packages)
    .filter(([path]) => path.endsWith(`node_modules/${name}`))
    .map(([, { version = '' }]) => version)
}

function isAtLeast(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0
}

it('has a floor for every package that had a fault', () => {
  expect(floors.map(({ name }) => name)).toEqual([
    '@libp2p/circuit-relay-v2',
    '@libp2p/crypto',
    '@libp2p/gossipsub',
    '@libp2p/kad-dht',
    '@libp2p/webrtc',
  ])
})

it.each(floors)('every copy of $name is at $least or above', ({ name, least }) => {
  const below = lockedVersions(name).filter((version) => !isAtLeast(version, least))
  expect(below).toEqual([])
})

it('the predecessor of gossipsub, which has a fault without a mend, is not installed', () => {
  expect(lockedVersions('@chainsafe/libp2p-gossipsub')).toEqual([])
})
