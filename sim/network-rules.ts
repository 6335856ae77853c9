import { drawProviders } from '../src/domain/economy/provider-choice.ts'
import { nextDhtRole } from '../src/domain/network/dht-role.ts'
import { choosePeers } from '../src/domain/network/fan-out.ts'
import {
  chooseAnchors,
  choosePeersToLink,
  countMissingLinks,
  linkToClose,
  linkToYield,
} from '../src/domain/network/link-budget.ts'

/** Every decision that a simulated peer takes. */
export interface NetworkRules {
  /** Of whom to buy. */
  readonly drawProviders: typeof drawProviders
  /** Whom to ask. */
  readonly choosePeers: typeof choosePeers
  /** Which links to have. */
  readonly chooseAnchors: typeof chooseAnchors
  readonly choosePeersToLink: typeof choosePeersToLink
  readonly countMissingLinks: typeof countMissingLinks
  readonly linkToClose: typeof linkToClose
  readonly linkToYield: typeof linkToYield
  /** Whether to serve the DHT. */
  readonly nextDhtRole: typeof nextDhtRole
}

/** The rules by which real peers decide: the very functions that the peer and its adapters call. */
export const shippedRules: NetworkRules = {
  drawProviders,
  choosePeers,
  chooseAnchors,
  choosePeersToLink,
  countMissingLinks,
  linkToClose,
  linkToYield,
  nextDhtRole,
}
