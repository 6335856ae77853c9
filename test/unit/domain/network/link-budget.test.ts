import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chooseAnchors,
  choosePeersToLink,
  countMissingLinks,
  linkToClose,
  linkToYield,
  rankLinks,
  type LinkFacts,
} from '../../../../src/domain/network/link-budget.ts'
import { samplePeerId } from '../../../support/sample-peer-ids.ts'

const HOUR_MS = 3_600_000
const peerIds = Array.from({ length: 40 }, (_, n) => samplePeerId(n))

/** A link that has stood for an hour and is idle, to the n-th peer. */
function link(n: number, own: Partial<LinkFacts> = {}): LinkFacts {
  return {
    peerId: peerIds[n] ?? samplePeerId(n),
    direction: 'inbound',
    ageMs: HOUR_MS,
    idleMs: HOUR_MS,
    rttMs: 50,
    bytes: 0,
    meshTopics: 0,
    networkGroup: '',
    isIntroducer: false,
    ...own,
  }
}

const arbitraryLinks = fc
  .array(
    fc.record({
      direction: fc.constantFrom('inbound' as const, 'outbound' as const),
      ageMs: fc.nat(4 * HOUR_MS),
      idleMs: fc.oneof(fc.nat(60_000), fc.constant(Infinity)),
      rttMs: fc.oneof(fc.nat(2_000), fc.constant(Number.NaN)),
      bytes: fc.nat(100_000_000),
      meshTopics: fc.nat(20),
      networkGroup: fc.constantFrom('', 'local', '198.51', '203.0', '2001:db8'),
      isIntroducer: fc.boolean(),
    }),
    { maxLength: 32 },
  )
  .map((links) => links.map((own, n) => link(n, own)))

describe('a link', () => {
  it('is worth more the more it carried, the nearer and the older it is, and with a part in the gossip', () => {
    const worth = (own: Partial<LinkFacts>) => rankLinks([link(1, own)])[0]?.usefulness ?? Number.NaN
    expect(worth({ bytes: 5_000_000 })).toBeGreaterThan(worth({ bytes: 50_000 }))
    expect(worth({ rttMs: 5 })).toBeGreaterThan(worth({ rttMs: 500 }))
    expect(worth({ rttMs: 500 })).toBeGreaterThan(worth({ rttMs: Number.NaN }))
    expect(worth({ ageMs: 10 * HOUR_MS })).toBeGreaterThan(worth({ ageMs: 1_000 }))
    expect(worth({ meshTopics: 4 })).toBeGreaterThan(worth({}))
  })

  it('is worth something from 0 to 1, and every link is ranked once', () => {
    fc.assert(
      fc.property(arbitraryLinks, (links) => {
        const ranked = rankLinks(links)
        expect(new Set(ranked.map(({ peerId }) => peerId)).size).toBe(links.length)
        for (const { usefulness } of ranked) {
          expect(usefulness).toBeGreaterThanOrEqual(0)
          expect(usefulness).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('tells what speaks most for it', () => {
    const reasons = rankLinks([
      link(1, { idleMs: 100 }),
      link(2, { direction: 'outbound' }),
      link(3, { isIntroducer: true }),
      link(4, { networkGroup: '198.51' }),
      link(5, { bytes: 100_000_000, rttMs: 1 }),
      link(6, { ageMs: 1_000 }),
      link(7),
    ]).map(({ keptFor }) => keptFor)
    expect(reasons).toEqual(['busy', 'anchor', 'introducer', 'distinct-network', 'useful', 'new', 'spare'])
  })
})

describe('the link that is closed to make room', () => {
  it('is the least useful one that nothing else speaks for', () => {
    expect(linkToClose([link(1, { bytes: 9_000 }), link(2), link(3, { isIntroducer: true })])).toBe(
      samplePeerId(2),
    )
  })

  it('is one into the network that most others lead to, too', () => {
    const crowd = [1, 2, 3].map((n) => link(n, { networkGroup: '203.0', bytes: 400_000 }))
    expect(samplePeerId(4)).not.toBe(linkToClose([...crowd, link(4, { bytes: 0 })]))
  })

  it('is none that carries a request, and there is one while any is idle', () => {
    fc.assert(
      fc.property(arbitraryLinks, (links) => {
        const closed = links.find(({ peerId }) => peerId === linkToClose(links))
        expect(closed === undefined).toBe(links.every(({ idleMs }) => idleMs < 10_000))
        if (closed !== undefined) expect(closed.idleMs).toBeGreaterThanOrEqual(10_000)
      }),
    )
  })
})

describe('strangers who dial while there is no room', () => {
  const sybils = Array.from({ length: 28 }, (_, n) => link(n + 4, { networkGroup: '203.0' }))
  const honest = [1, 2, 3].map((n) => link(n, { networkGroup: `198.${n}` }))

  it('take the place of a link into a network that has crowded in', () => {
    const yielding = linkToYield([...honest, ...sybils])
    expect(sybils.map(({ peerId }) => peerId)).toContain(yielding)
  })

  it('push nobody out who is alone in a network, was chosen here, or whose network is unknown', () => {
    expect(linkToYield(honest)).toBeUndefined()
    expect(linkToYield(sybils.map((sybil) => ({ ...sybil, networkGroup: '' })))).toBeUndefined()
    expect(linkToYield(sybils.map((sybil) => ({ ...sybil, networkGroup: 'local' })))).toBeUndefined()
    expect(linkToYield(sybils.map((sybil) => ({ ...sybil, direction: 'outbound' as const })))).toBeUndefined()
  })

  it('never push out an anchor, a busy link, an introducer or the best one into its network', () => {
    fc.assert(
      fc.property(arbitraryLinks, (links) => {
        const yielding = linkToYield(links)
        if (yielding === undefined) return
        const { keptFor } = rankLinks(links).find(({ peerId }) => peerId === yielding) ?? {}
        expect(['spare', 'new']).toContain(keptFor)
      }),
    )
  })
})

describe('the links that are missing', () => {
  const own = (n: number, networkGroup: string) => link(n, { direction: 'outbound', networkGroup })

  it('are four at first', () => {
    expect(countMissingLinks([])).toBe(4)
    expect(countMissingLinks([own(1, ''), link(2)])).toBe(2)
  })

  it('are some of its own choice, however many others dial in', () => {
    expect(countMissingLinks(Array.from({ length: 20 }, (_, n) => link(n)))).toBe(3)
  })

  it('are some into other networks while those of its own choice lead into one', () => {
    expect(countMissingLinks([1, 2, 3, 4].map((n) => own(n, '203.0')))).toBe(2)
    expect(countMissingLinks([own(1, '203.0'), own(2, '198.51'), own(3, '192.0'), link(4)])).toBe(0)
  })

  it('are no more than eight of its own choice, where all that are known are in one network', () => {
    expect(countMissingLinks(Array.from({ length: 8 }, (_, n) => own(n, '203.0')))).toBe(0)
  })

  it('are none where peers are near, or their networks unknown, and three were chosen', () => {
    expect(countMissingLinks([own(1, 'local'), own(2, 'local'), own(3, ''), link(4)])).toBe(0)
  })
})

describe('anchors', () => {
  it('are the four oldest links of its own choice that have stood for ten minutes', () => {
    const links = [1, 2, 3, 4, 5].map((n) => link(n, { direction: 'outbound', ageMs: n * HOUR_MS }))
    const young = link(6, { direction: 'outbound', ageMs: 1_000 })
    expect(chooseAnchors([...links, young, link(7)])).toEqual([5, 4, 3, 2].map(samplePeerId))
  })

  it('are linked before anybody else, and the others at random', () => {
    const strangers = Array.from({ length: 10 }, (_, n) => samplePeerId(n))
    const anchors = new Set([samplePeerId(7)])
    const draws = [0.5, 0.1, 0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2]
    const chosen = choosePeersToLink(strangers, { count: 3, anchors, random: () => draws.shift() ?? 0.95 })
    expect(chosen).toEqual([7, 1, 9].map(samplePeerId))
  })
})
