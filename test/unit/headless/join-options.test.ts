import { describe, expect, it } from 'vitest'
import { readJoinOptions, serverOfLink } from '../../../src/headless/join-options.ts'
import { expectRefusal } from '../../support/ledger.ts'

describe('where a peer listens', () => {
  it.each([
    ['0.0.0.0:4001', '/ip4/0.0.0.0/tcp/4001/ws'],
    ['[::]:4001', '/ip6/::/tcp/4001/ws'],
  ])('is written like %s', (listen, address) => {
    expect(readJoinOptions({ listen }, {}).listen).toEqual([address])
    expect(readJoinOptions({}, { LOREMESH_LISTEN: listen }).listen).toEqual([address])
  })

  it.each(['4001', 'localhost:4001', '0.0.0.0', '0.0.0.0:99999', '1.2.3.4.5:1'])('is not %s', (listen) => {
    expectRefusal(() => readJoinOptions({ listen }, {}), 'bad-input')
  })
})

describe('what a peer announces', () => {
  it.each([
    ['wss://peer.example.org', '/dns/peer.example.org/tcp/443/tls/ws'],
    ['ws://192.0.2.1:4001', '/ip4/192.0.2.1/tcp/4001/ws'],
    ['ws://[2001:db8::1]:80', '/ip6/2001:db8::1/tcp/80/ws'],
  ])('is written like %s', (announce, address) => {
    expect(readJoinOptions({ announce }, {}).announce).toEqual([address])
  })

  it.each(['peer.example.org', 'https://peer.example.org', 'wss://peer.example.org/path'])(
    'is not %s',
    (announce) => {
      expectRefusal(() => readJoinOptions({ announce }, {}), 'bad-input')
    },
  )
})

it('the server of an invitation is that of its link', () => {
  expect(serverOfLink('https://mesh.example.org/#/join/gAEC')).toBe('https://mesh.example.org')
  expect(serverOfLink('gAEC')).toBeUndefined()
  expect(serverOfLink(undefined)).toBeUndefined()
})

it('an invitation that is none is refused', () => {
  expectRefusal(() => readJoinOptions({ join: 'https://mesh.example.org/#/join/gAEC' }, {}), 'bad-encoding')
})
