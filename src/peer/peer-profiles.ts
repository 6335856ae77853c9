import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Catalogue } from './catalogue.ts'
import type { ProviderStandings } from './provider-standings.ts'
import type { StandingLookups } from './standing-lookups.ts'

/** What is known of another peer beside its link. */
export interface PeerProfile {
  /** From 0 (caught with a lie) to 1, as a checkpoint proves it; undefined while nothing is proven. */
  readonly reputation: number | undefined
  /** Contexts that it has announced, as far as this peer heard of them and keeps that in mind. */
  readonly contextsAnnounced: number
}

/** Gives what is known of a peer now. Where it stands is looked for when it is asked for, and told once that is found. */
export type ProfileOf = (peerId: PeerId) => PeerProfile

/** Creates it over what was learned of those who sell, and what others announced. */
export function createProfileOf(components: {
  readonly standings: Pick<ProviderStandings, 'isKnown'>
  readonly standingLookups: Pick<StandingLookups, 'of'>
  readonly catalogue: Pick<Catalogue, 'countOf'>
}): ProfileOf {
  const { standings, standingLookups, catalogue } = components
  return (peerId) => {
    const { reputation } = standingLookups.of(peerId)
    return {
      reputation: standings.isKnown(peerId) ? reputation : undefined,
      contextsAnnounced: catalogue.countOf(peerIdToAccount(peerId)),
    }
  }
}
