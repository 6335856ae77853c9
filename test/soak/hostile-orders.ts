import type { PeerId } from '../../src/domain/identity/account.ts'
import type { startSybils } from '../support/sybil-crowd.ts'

/** What attackers do: forge gossip, send frames that are too large, or leave frames unfinished. */
export const attackKinds = ['gossip', 'oversize', 'slow'] as const
export type AttackKind = (typeof attackKinds)[number]

/** What a process of attackers is told. */
export type AttackOrder = { readonly type: 'begin'; readonly kind: AttackKind } | { readonly type: 'end' }

/** What it tells: who attacks now, and how long the server let it, in milliseconds. */
export type AttackReport =
  { readonly type: 'begun'; readonly peerId: PeerId } | { readonly type: 'ended'; readonly serverMs: number }

/** What a process of many keys is told. */
export type CrowdOrder = Parameters<typeof startSybils>[1]

/** What it tells: how many of them the tracker took. */
export interface CrowdReport {
  readonly joined: number
}
