import { describe, expect, it } from 'vitest'
import { createAbsentPeers, endReservation } from '../../../src/protocols/absent-peers.ts'

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

describe('a reservation', () => {
  it('ends with its peer, and its time with it', () => {
    const ended: string[] = []
    const places = new Map(['1', '2'].map((name) => [name, { signal: { clear: () => ended.push(name) } }]))
    endReservation({ reservations: places }, '1')
    endReservation({ reservations: places }, '3')
    expect([...places.keys()]).toEqual(['2'])
    expect(ended).toEqual(['1'])
  })

  it('of another form than is known is an error', () => {
    expect(() => endReservation({ reservations: new Map([['1', {}]]) }, '1')).toThrow('has changed')
  })
})
