import { describe, expect, it } from 'vitest'
import { createTrackerRouting } from '../../../../src/adapters/network-libp2p/tracker-routing.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { unknownPeer } from '../../../../src/domain/tracker/announcement.ts'
import { createTracker, type Tracker } from '../../../../src/domain/tracker/tracker.ts'
import type { SharedContext } from '../../../../src/ports/context-routing.ts'
import { parseTrackerRequest, type TrackerRequest } from '../../../../src/protocols/tracker.ts'
import { createTrackerService } from '../../../../signaling/tracker-service.ts'
import { ann, bob } from '../../../support/ledger.ts'
import { testHash } from '../../../support/test-contexts.ts'

type Announce = Extract<TrackerRequest, { type: 'announce' }>

const contexts = (...numbers: readonly number[]): SharedContext[] =>
  numbers.map((n) => ({ contextHash: testHash(n), title: '', sizeBytes: 100, tags: [] }))

/** Routing by a real tracker, with what it was told. */
function setUp() {
  const requests: Announce[] = []
  let tracker: Tracker = newTracker()
  let failing = false
  const routing = createTrackerRouting(
    {
      ask: async (_tracker, body) => {
        if (failing) throw new LoremeshError('timeout', 'No answer')
        const request = parseTrackerRequest(body)
        if (request.type === 'announce') requests.push(request)
        return Promise.resolve(
          createTrackerService({ tracker, nowMs: () => 0, sightingOf: () => unknownPeer })(body, ann.peerId),
        )
      },
      addresses: () => ['/webrtc'],
    },
    { tracker: bob.peerId },
  )
  return {
    routing,
    requests,
    restart: () => (tracker = newTracker()),
    fail: (now: boolean) => (failing = now),
  }
}

function newTracker(): Tracker {
  return createTracker({ announceTtlMs: 90_000, intervalMs: 30_000 })
}

describe('announcing', () => {
  it('begins with everything, goes on with changes, and beats on without any', async () => {
    const { routing, requests } = setUp()
    await routing.provide(contexts(1, 2))
    await routing.provide(contexts(2, 3))
    await routing.provide(contexts(2, 3))
    expect(requests.map(({ reset, added, removed }) => [reset, added.length, removed.length])).toEqual([
      [true, 2, 0],
      [false, 1, 1],
      [false, 0, 0],
    ])
  })

  it('sends everything again to a tracker that forgot it', async () => {
    const { routing, requests, restart } = setUp()
    await routing.provide(contexts(1, 2, 3))
    restart()
    const reply = await routing.provide(contexts(1, 2, 3, 4))
    expect(reply.contextsTotal).toBe(4)
    expect(requests.map(({ reset, added }) => [reset, added.length])).toEqual([
      [true, 3],
      [false, 1],
      [true, 4],
    ])
  })

  it('begins anew after an answer was lost', async () => {
    const { routing, requests, fail } = setUp()
    await routing.provide(contexts(1))
    fail(true)
    await expect(routing.provide(contexts(1, 2))).rejects.toMatchObject({ code: 'timeout' })
    fail(false)
    await routing.provide(contexts(1, 2))
    expect(requests.at(-1)).toMatchObject({ reset: true })
    expect(requests.at(-1)?.added).toHaveLength(2)
  })

  it('lets others find what is announced', async () => {
    const { routing } = setUp()
    expect(await routing.provide(contexts(1))).toEqual({
      intervalMs: 30_000,
      peersOnline: 1,
      contextsTotal: 1,
    })
    const [provider] = await routing.findProviders(testHash(1))
    expect(provider).toEqual({
      peerId: ann.peerId,
      addresses: ['/webrtc'],
      reputation: 0.5,
      uptimePercent: 100,
      latencyMs: Number.NaN,
    })
    expect(await routing.listPeers(1_000)).toEqual([provider])
  })
})
