import { describe, expect, it } from 'vitest'
import { createCompoundRouting } from '../../../../src/adapters/network-libp2p/compound-routing.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { PeerId } from '../../../../src/domain/identity/account.ts'
import type { ContextRouting, ProviderRecord } from '../../../../src/ports/context-routing.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { ann, bob, cat } from '../../../support/ledger.ts'
import { testHash } from '../../../support/test-contexts.ts'

const record = (peerId: PeerId, own: Partial<ProviderRecord> = {}): ProviderRecord => ({
  peerId,
  addresses: [`/p2p/${peerId}`],
  reputation: 0.5,
  uptimePercent: 0,
  latencyMs: Number.NaN,
  ...own,
})

const reply = { intervalMs: 30_000, peersOnline: 0, contextsTotal: 0 }

/** A member that finds and lists these records after `ms`, and fails for `undefined`. */
function createMember(
  clock: ReturnType<typeof createManualClock>,
  ms: number,
  records: readonly ProviderRecord[] | undefined,
  announced: Partial<typeof reply> = {},
): ContextRouting {
  const answer = async (signal?: AbortSignal): Promise<readonly ProviderRecord[]> => {
    if (ms > 0) await clock.sleep(ms, signal)
    if (records === undefined) throw new LoremeshError('not-connected', 'It is gone')
    return records
  }
  return {
    provide: async () => answer().then(() => ({ ...reply, ...announced })),
    findProviders: (_hash, signal) => answer(signal),
    listPeers: (_limit, signal) => answer(signal),
  }
}

function setUp(...members: readonly (readonly [number, readonly ProviderRecord[] | undefined])[]) {
  const clock = createManualClock()
  const routings = members.map(([ms, records]) => createMember(clock, ms, records))
  return { clock, routing: createCompoundRouting(routings, { clock }) }
}

describe('compound routing', () => {
  it('goes on with the first records, waiting only a moment for more', async () => {
    const { clock, routing } = setUp([10, [record(ann.peerId)]], [5_000, [record(bob.peerId)]])
    const found = routing.findProviders(testHash(1))
    await clock.advance(200)
    expect((await found).map(({ peerId }) => peerId)).toEqual([ann.peerId])
  })

  it('asks the first member alone as long as it answers soon', async () => {
    const { clock, routing } = setUp([140, [record(ann.peerId)]], [0, [record(bob.peerId)]])
    const found = routing.findProviders(testHash(1))
    await clock.advance(140)
    expect((await found).map(({ peerId }) => peerId)).toEqual([ann.peerId])
  })

  it('adds what others find within a moment once the first member was slow', async () => {
    const { clock, routing } = setUp([200, [record(ann.peerId)]], [60, [record(bob.peerId)]])
    const found = routing.findProviders(testHash(1))
    await clock.advance(400)
    expect((await found).map(({ peerId }) => peerId)).toEqual([ann.peerId, bob.peerId])
  })

  it('waits for the others when the first finds nobody', async () => {
    const { clock, routing } = setUp([0, []], [2_000, [record(bob.peerId)]])
    const found = routing.findProviders(testHash(1))
    await clock.advance(2_500)
    expect((await found).map(({ peerId }) => peerId)).toEqual([bob.peerId])
  })

  it('works while any member does', async () => {
    const { clock, routing } = setUp([0, undefined], [10, [record(cat.peerId)]], [0, undefined])
    const found = routing.findProviders(testHash(1))
    const provided = routing.provide([])
    await clock.advance(500)
    expect((await found).map(({ peerId }) => peerId)).toEqual([cat.peerId])
    expect(await provided).toEqual(reply)
  })

  it('finds nobody where one member knows nobody and the others fail', async () => {
    const { routing } = setUp([0, undefined], [0, []])
    expect(await routing.findProviders(testHash(1))).toEqual([])
  })

  it('throws when every member fails, and when there is none', async () => {
    const { routing } = setUp([0, undefined], [0, undefined])
    await expect(routing.findProviders(testHash(1))).rejects.toMatchObject({ message: 'It is gone' })
    await expect(setUp().routing.provide([])).rejects.toMatchObject({ code: 'not-connected' })
  })

  it('makes one record of several about one peer, and believes the worse of two opinions', async () => {
    const addresses = ['/p2p/other']
    const { clock, routing } = setUp(
      [200, [record(ann.peerId, { reputation: 0.9 })]],
      [60, [record(ann.peerId, { addresses, reputation: 0.2, uptimePercent: 70, latencyMs: 4 })]],
    )
    const found = routing.findProviders(testHash(1))
    await clock.advance(400)
    expect(await found).toEqual([
      {
        peerId: ann.peerId,
        addresses: [`/p2p/${ann.peerId}`, '/p2p/other'],
        reputation: 0.2,
        uptimePercent: 70,
        latencyMs: 4,
      },
    ])
  })

  it('waits a while for what other members tell of an announcement, but not for long', async () => {
    const clock = createManualClock()
    const routing = createCompoundRouting(
      [
        createMember(clock, 0, []),
        createMember(clock, 1_000, [], { peersOnline: 7 }),
        createMember(clock, 60_000, [], { peersOnline: 90 }),
      ],
      { clock },
    )
    const provided = routing.provide([])
    await clock.advance(5_500)
    expect(await provided).toEqual({ ...reply, peersOnline: 7 })
  })

  it('lists no more peers than are wanted', async () => {
    const { routing } = setUp([0, []], [0, [record(ann.peerId), record(bob.peerId), record(cat.peerId)]])
    expect(await routing.listPeers(2)).toHaveLength(2)
  })

  it('takes the shortest interval and the largest numbers that members tell', async () => {
    const clock = createManualClock()
    const routing = createCompoundRouting(
      [
        createMember(clock, 0, [], { intervalMs: 20_000, peersOnline: 9 }),
        createMember(clock, 0, [], { contextsTotal: 70 }),
      ],
      { clock },
    )
    expect(await routing.provide([])).toEqual({ intervalMs: 20_000, peersOnline: 9, contextsTotal: 70 })
  })

  it('ends with the signal', async () => {
    const { clock, routing } = setUp([60_000, []])
    const stop = clock.abortable()
    const found = routing.findProviders(testHash(1), stop.signal)
    stop.abort()
    await expect(found).rejects.toMatchObject({ name: 'LoremeshError', code: 'aborted' })
  })
})
