import { expect, it } from 'vitest'
import { createAuthorityDirectory } from '../../../signaling/authority-directory.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { expectRefusal, genesis, testIdentity } from '../../support/ledger.ts'

const ids = [201, 202, 203, 204].map(testIdentity)
const network = { ...genesis, authorities: ids.map(({ account }) => account) }
const peerId = (index: number): PeerId => {
  const identity = ids[index]
  if (identity === undefined) throw new Error(`There is no authority ${index}`)
  return identity.peerId
}
const url = new URL('http://mesh.example.org:8080')

function directory(local: readonly number[], configured: readonly string[], ports: [number, number][] = []) {
  return createAuthorityDirectory(network, {
    own: peerId(0),
    local,
    ports: () => new Map(ports.map(([index, port]) => [peerId(index), port])),
    configured,
  })
}

it('puts authorities on the server’s machine at the host by which a client reached it', () => {
  const ports: [number, number][] = [
    [1, 8081],
    [2, 8082],
  ]
  const known = directory([1, 2, 3], [], ports)
  expect(known.addressesAt(url)).toEqual([
    `/dns4/mesh.example.org/tcp/8080/ws/p2p/${peerId(0)}`,
    `/dns4/mesh.example.org/tcp/8081/ws/p2p/${peerId(1)}`,
    `/dns4/mesh.example.org/tcp/8082/ws/p2p/${peerId(2)}`,
  ])
  expect(known.addressesAt(new URL('https://[2001:db8::1]'))[1]).toBe(
    `/ip6/2001:db8::1/tcp/8081/tls/ws/p2p/${peerId(1)}`,
  )
})

it('prefers the addresses that are configured', () => {
  const configured = [0, 1, 2].map(
    (index) => `/dns4/${index}.example.org/tcp/443/tls/ws/p2p/${peerId(index)}`,
  )
  expect(directory([1], configured, [[1, 8081]]).addressesAt(url)).toEqual(configured)
})

it('refuses to be without a quorum, and addresses of anybody else', () => {
  expectRefusal(() => directory([1], []), 'bad-input')
  const wrong = [
    '/dns4/a.example.org/tcp/443/tls/ws',
    `/dns4/a.example.org/tcp/443/tls/ws/p2p/${testIdentity(1).peerId}`,
    'mesh.example.org',
  ]
  for (const address of wrong) expectRefusal(() => directory([1, 2, 3], [address]), 'bad-input')
})
