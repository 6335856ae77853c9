import { describe, expect, it } from 'vitest'
import { createAbsentPeers } from '../../../src/protocols/absent-peers.ts'

/** A node as far as its peers go, whose peer store has nine of them. */
function open(capacity: number) {
  const linked = new Set<string>()
  const names = Array.from({ length: 9 }, (_, n) => String(n))
  const stored = new Map(names.map((name) => [name, new Map<string, unknown>()]))
  const node = {
    getConnections: (peerId: string) => (linked.has(peerId) ? [{}] : []),
    peerStore: {
      get: (peerId: string) => Promise.resolve({ tags: stored.get(peerId) ?? new Map<string, unknown>() }),
      delete: (peerId: string) => Promise.resolve(void stored.delete(peerId)),
    },
  }
  return {
    ...createAbsentPeers(node, { capacity: () => capacity }),
    linked,
    stored,
    /** Which of the peers are forgotten, once what was begun is done. */
    async forgotten(): Promise<string[]> {
      await new Promise((resolve) => setTimeout(resolve, 0))
      return names.filter((name) => !stored.has(name))
    },
  }
}

describe('of peers that have gone', () => {
  it('those are forgotten that were not heard of for longest', async () => {
    const peers = open(2)
    for (const name of ['1', '2', '3']) peers.note(name)
    expect(await peers.forgotten()).toEqual(['1'])
    peers.note('2')
    peers.note('4')
    expect(await peers.forgotten()).toEqual(['1', '3'])
  })

  it('none is forgotten that is linked, or tagged for some purpose', async () => {
    const peers = open(0)
    peers.linked.add('1')
    peers.stored.get('2')?.set('a purpose', {})
    for (const name of ['1', '2', '3']) peers.note(name)
    expect(await peers.forgotten()).toEqual(['3'])
  })

  it('none is forgotten that came back before its turn', async () => {
    const peers = open(1)
    peers.note('1')
    peers.linked.add('1')
    peers.note('1')
    peers.note('2')
    peers.note('3')
    expect(await peers.forgotten()).toEqual(['2'])
  })
})
