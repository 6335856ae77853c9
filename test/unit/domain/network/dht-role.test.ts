import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isBalanced,
  nextDhtRole,
  wantedServers,
  type DhtCandidate,
  type DhtRole,
} from '../../../../src/domain/network/dht-role.ts'

const fit: DhtCandidate = { uptimeMs: 60_000, isDirect: true, isThrottled: false, isSparing: false }

/** Numbers from 0 to below 1: a linear congruential generator (Numerical Recipes). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

describe('wanted servers', () => {
  it.each([
    [1, 0],
    [2, 2],
    [8, 4],
    [30, 8],
    [100, 15],
  ])('among %i peers are %i', (peers, servers) => {
    expect(wantedServers(peers)).toBe(servers)
  })
})

describe('the number of servers', () => {
  it('is balanced from what is wanted to half as many again, a server counting itself', () => {
    expect(isBalanced('client', { peers: 100, servers: 14 })).toBe(false)
    expect(isBalanced('server', { peers: 100, servers: 14 })).toBe(true)
    expect(isBalanced('client', { peers: 100, servers: 22 })).toBe(true)
    expect(isBalanced('server', { peers: 100, servers: 22 })).toBe(false)
  })
})

describe('the role in the DHT', () => {
  it('stays that of a client in a peer that came just now, is not direct, is throttled or spares', () => {
    const unfit: readonly Partial<DhtCandidate>[] = [
      { uptimeMs: 1_000 },
      { isDirect: false },
      { isThrottled: true },
      { isSparing: true },
    ]
    for (const own of unfit) {
      expect(nextDhtRole('client', { ...fit, ...own }, { peers: 4, servers: 0 }, 0)).toBe('client')
    }
  })

  it('ends at once when a server is not fit any more', () => {
    expect(nextDhtRole('server', { ...fit, isThrottled: true }, { peers: 4, servers: 0 }, 0.99)).toBe(
      'client',
    )
    expect(nextDhtRole('server', { ...fit, isSparing: true }, { peers: 4, servers: 0 }, 0.99)).toBe('client')
  })

  it('goes to every fit peer of a small network', () => {
    expect(nextDhtRole('client', fit, { peers: 4, servers: 0 }, 0.99)).toBe('server')
  })

  it('is not taken while there are enough servers, nor laid down while there are not far too many', () => {
    expect(nextDhtRole('client', fit, { peers: 100, servers: 15 }, 0)).toBe('client')
    expect(nextDhtRole('server', fit, { peers: 100, servers: 21 }, 0)).toBe('server')
    expect(nextDhtRole('server', fit, { peers: 100, servers: 22 }, 0)).toBe('client')
  })

  it('settles near the number that is wanted, from none and from all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 300 }),
        fc.constantFrom<DhtRole>('client', 'server'),
        fc.integer(),
        (peers, first, seed) => {
          const random = createRandom(seed)
          let roles = Array.from({ length: peers }, () => first)
          for (let round = 0; round < 40; round++) {
            const servers = roles.filter((role) => role === 'server').length
            roles = roles.map((role) => {
              const others = servers - Number(role === 'server')
              return nextDhtRole(role, fit, { peers, servers: others }, random())
            })
          }
          const servers = roles.filter((role) => role === 'server').length
          const wanted = wantedServers(peers)
          expect(servers).toBeGreaterThanOrEqual(Math.min(wanted, 2))
          expect(servers).toBeLessThanOrEqual(wanted * 3)
        },
      ),
      { numRuns: 50 },
    )
  })
})
