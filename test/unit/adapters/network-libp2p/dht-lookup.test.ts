import { describe, expect, it } from 'vitest'
import type { DhtServer } from '../../../../src/adapters/network-libp2p/dht-announcer.ts'
import { createDhtLookup } from '../../../../src/adapters/network-libp2p/dht-lookup.ts'
import type { PeerId } from '../../../../src/domain/identity/account.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { closestTo, placeOf } from '../../../../src/domain/network/key-space.ts'
import { contextKey, KAD_BUCKET_SIZE } from '../../../../src/protocols/kad.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { samplePeerId } from '../../../support/sample-peer-ids.ts'
import { testHash } from '../../../support/test-contexts.ts'

const wanted = testHash(0)
const place = placeOf(contextKey(wanted))
const servers: readonly DhtServer[] = closestTo(
  place,
  Array.from({ length: 30 }, (_, n) => ({
    peerId: samplePeerId(n + 1),
    place: placeOf(Uint8Array.of(n)),
    addresses: [],
  })),
  30,
)
const sharer = samplePeerId(100)

/** A look-up by a peer linked to `linked`, by their rank among 30 servers; each names the eight closest others. */
function setUp(
  linked: readonly number[],
  { keepers = [0, 1, 2, 3, 4, 5, 6, 7], dead = [] as readonly number[], slow = [] as readonly number[] } = {},
) {
  const clock = createManualClock()
  const asked: number[] = []
  const rankOf = ({ peerId }: DhtServer): number => servers.findIndex((server) => server.peerId === peerId)
  const lookup = createDhtLookup({
    clock,
    client: {
      contacts: () => servers.filter((_, rank) => linked.includes(rank)),
      async ask(server) {
        const rank = rankOf(server)
        asked.push(rank)
        if (dead.includes(rank)) throw new LoremeshError('timeout', 'It does not answer')
        if (slow.includes(rank)) await clock.sleep(500)
        const closer = servers.filter((other) => other !== server).slice(0, KAD_BUCKET_SIZE)
        return { providers: keepers.includes(rank) ? [{ peerId: sharer, addresses: [] }] : [], closer }
      },
    },
  })
  const found: PeerId[] = []
  return {
    clock,
    asked,
    found,
    lookUp: () =>
      lookup.lookUp(
        wanted,
        (providers) => {
          found.push(...providers.map(({ peerId }) => peerId))
          return found.length > 0
        },
        clock.deadline(1_000),
      ),
  }
}

describe('a look-up in the DHT', () => {
  it('asks the three closest of the linked servers, and nobody else when one of them knows', async () => {
    const { lookUp, asked, found } = setUp([2, 9, 12, 20])
    await lookUp()
    expect(asked).toEqual([2, 9, 12])
    expect(found).toEqual([sharer])
  })

  it('goes on to those that are named, closest first, until one knows', async () => {
    const { lookUp, asked, found } = setUp([20], { keepers: [1] })
    await lookUp()
    expect(asked).toEqual([20, 0, 1, 2])
    expect(found).toEqual([sharer])
  })

  it('asks every linked server, also one that is not among the closest any more', async () => {
    const { lookUp, asked, found } = setUp([0, 1, 2, 3, 4, 5, 6, 7, 20], { keepers: [20] })
    await lookUp()
    expect(asked).toHaveLength(9)
    expect(found).toEqual([sharer])
  })

  it('ends when the eight closest do not know', async () => {
    const { lookUp, asked, found } = setUp([20], { keepers: [] })
    await lookUp()
    expect(asked.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 20])
    expect(found).toEqual([])
  })

  it('asks on when some do not answer', async () => {
    const { lookUp, found } = setUp([20], { keepers: [7], dead: [0, 1, 2, 3, 4, 5, 6] })
    await lookUp()
    expect(found).toEqual([sharer])
  })

  it('asks another one as soon as servers are slow', async () => {
    const { lookUp, clock, asked, found } = setUp([18, 19, 20, 21], { keepers: [21], slow: [18, 19, 20] })
    const looking = lookUp()
    await clock.advance(299)
    expect(asked).toEqual([18, 19, 20])
    await clock.advance(1)
    expect(found).toEqual([sharer])
    await clock.advance(200)
    await looking
  })

  it('takes what a slow server says later', async () => {
    const { lookUp, clock, found } = setUp([20], { keepers: [20], slow: [20] })
    const looking = lookUp()
    await clock.advance(500)
    await looking
    expect(found).toEqual([sharer])
  })

  it('says why when nobody answers', async () => {
    const { lookUp } = setUp([0, 1], { dead: [0, 1] })
    await expect(lookUp()).rejects.toMatchObject({ code: 'timeout' })
  })
})
