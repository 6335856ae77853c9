import { expect, it } from 'vitest'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { bytesEqual } from '../../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createProfileOf } from '../../../src/peer/peer-profiles.ts'
import { createProviderStandings } from '../../../src/peer/provider-standings.ts'
import { ann, bob, cat } from '../../support/ledger.ts'

function setUp() {
  const standings = createProviderStandings({ links: () => [], clock: { monotonicMs: () => 0 } })
  const lookedFor: PeerId[] = []
  const profileOf = createProfileOf({
    standings,
    standingLookups: {
      of(provider) {
        lookedFor.push(provider)
        return standings.of(provider)
      },
    },
    catalogue: { countOf: (author) => (bytesEqual(author, bob.account) ? 12 : 0) },
  })
  return { standings, lookedFor, profileOf }
}

it('a peer of whom nothing is proven has no reputation, and is looked for', () => {
  const { profileOf, lookedFor } = setUp()
  expect(profileOf(ann.peerId)).toEqual({ reputation: undefined, contextsAnnounced: 0 })
  expect(lookedFor).toEqual([ann.peerId])
})

it('a peer has the reputation that a checkpoint proves, and the contexts that it announced', () => {
  const { profileOf, standings } = setUp()
  standings.learn({ account: bob.account, reputationMilli: 930, earned7d: toMicroTokens(1n) })
  expect(profileOf(bob.peerId)).toEqual({ reputation: 0.93, contextsAnnounced: 12 })
})

it('a peer that was caught with a false claim has none left', () => {
  const { profileOf, standings } = setUp()
  standings.distrust(cat.peerId)
  expect(profileOf(cat.peerId).reputation).toBe(0)
})
