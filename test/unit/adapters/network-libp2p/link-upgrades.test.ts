import { describe, expect, it } from 'vitest'
import { startLinkUpgrades } from '../../../../src/adapters/network-libp2p/link-upgrades.ts'
import type { PeerId } from '../../../../src/domain/identity/account.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { Link } from '../../../../src/ports/network.ts'
import { ann, authority, bob, cat } from '../../../support/ledger.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { linkTo } from '../../../support/network-links.ts'

/** Upgrades of these links for an hour; every attempt fails. Tells the minutes in which each was tried. */
async function attempts(links: readonly Link[]): Promise<ReadonlyMap<PeerId, readonly number[]>> {
  const clock = createManualClock(0)
  const tried = new Map<PeerId, number[]>()
  const stop = startLinkUpgrades({
    links: { list: () => links },
    dialer: {
      connect(peerId) {
        tried.set(peerId, [...(tried.get(peerId) ?? []), clock.nowMs() / 60_000])
        return Promise.reject(new LoremeshError('timeout', 'No packets'))
      },
    },
    clock,
  })
  await clock.advance(3_600_000)
  stop()
  await clock.advance(3_600_000)
  return tried
}

describe('a link through a relay', () => {
  it('is tried to be made direct after growing pauses, for as long as it stands', async () => {
    const tried = await attempts([linkTo(ann.peerId, { kind: 'relay' })])
    const minutes = tried.get(ann.peerId) ?? []
    const pauses = minutes.slice(1).map((minute, at) => minute - (minutes[at] ?? 0))
    expect(pauses.map((pause) => Math.round(pause * 2) / 2)).toEqual([0.5, 1, 2, 4, 8, 10, 10, 10, 10])
  })

  it('is left to whoever opened it, and while it is young', async () => {
    const tried = await attempts([
      linkTo(ann.peerId, { kind: 'relay', direction: 'inbound' }),
      linkTo(bob.peerId, { kind: 'relay', openedAtMs: 7_200_000 }),
      linkTo(cat.peerId),
      linkTo(authority.peerId, { kind: 'websocket', isServer: true }),
    ])
    expect(tried.size).toBe(0)
  })
})
