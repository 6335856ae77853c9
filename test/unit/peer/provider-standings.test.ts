import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { Entry } from '../../../src/domain/ledger/entry.ts'
import { createProviderStandings } from '../../../src/peer/provider-standings.ts'
import { ann, bob, testIdentity } from '../../support/ledger.ts'

/** An entry with which `payer` sets tokens aside for bob. */
function reserveBy(payer: number): Pick<Entry, 'account' | 'operation'> {
  const amounts = { cap: toMicroTokens(1n), fromCredit: toMicroTokens(0n), expiresAtMs: 1 }
  return { account: testIdentity(payer).account, operation: { type: 'reserve', to: bob.account, ...amounts } }
}

function open(links: readonly { readonly peerId: PeerId; readonly rttMs: number }[] = []) {
  const clock = { ms: 0, monotonicMs: () => clock.ms }
  return { clock, ...createProviderStandings({ links: () => links, clock }) }
}

describe('what is known of providers', () => {
  it('is that of a newcomer for who is not known', () => {
    const standings = open()
    expect(standings.of(bob.peerId)).toEqual({
      reputation: 0.5,
      earned7d: 0n,
      distinctPayers: 0,
      latencyMs: Number.NaN,
      misses: 0,
    })
  })

  it('is what a checkpoint proves, and how far a link reaches', () => {
    const standings = open([{ peerId: bob.peerId, rttMs: 12 }])
    standings.learn({ account: bob.account, reputationMilli: 800, earned7d: toMicroTokens(7n) })
    expect(standings.of(bob.peerId)).toMatchObject({ reputation: 0.8, earned7d: 7n, latencyMs: 12 })
    expect(standings.of(ann.peerId)).toMatchObject({ reputation: 0.5, earned7d: 0n })
    expect([bob, ann].map(({ peerId }) => standings.isKnown(peerId))).toEqual([true, false])
  })

  it('counts every payer once, and no more than it takes', () => {
    const standings = open()
    for (const payer of [20, 20, 21]) standings.note(reserveBy(payer))
    expect(standings.of(bob.peerId).distinctPayers).toBe(2)
    for (let payer = 30; payer < 40; payer++) standings.note(reserveBy(payer))
    expect(standings.of(bob.peerId).distinctPayers).toBe(5)
  })

  it('counts what was not delivered, until something is or ten minutes are over', () => {
    const { clock, noteDelivery, of } = open()
    noteDelivery(bob.peerId, false)
    clock.ms = 599_999
    noteDelivery(bob.peerId, false)
    expect([of(bob.peerId).misses, of(ann.peerId).misses]).toEqual([2, 0])
    clock.ms += 599_999
    expect(of(bob.peerId).misses).toBe(2)
    clock.ms += 1
    expect(of(bob.peerId).misses).toBe(0)
    noteDelivery(bob.peerId, false)
    expect(of(bob.peerId).misses).toBe(1)
    noteDelivery(bob.peerId, true)
    expect(of(bob.peerId).misses).toBe(0)
  })
})
