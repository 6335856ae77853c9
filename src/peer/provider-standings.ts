import { ESTABLISHED_PAYERS, type ProviderStanding } from '../domain/economy/provider-choice.ts'
import { accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import { ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../domain/ledger/account-leaf.ts'
import type { Entry } from '../domain/ledger/entry.ts'
import { NEWCOMER_REPUTATION } from '../domain/reputation/newcomer.ts'
import type { Clock } from '../ports/clock.ts'
import type { PeerLink } from '../ports/network.ts'

/** Providers that are remembered; beyond them the one that was learned of first is forgotten. */
const MAX_REMEMBERED = 10_000
/** A peer that was away or busy is soon given another chance. */
const MISS_MS = 600_000

/** What this peer has learned of those who sell, since it was started. */
export interface ProviderStandings {
  /** A checkpoint proved an account. */
  learn(leaf: Pick<AccountLeaf, 'account' | 'reputationMilli' | 'earned7d'>): void
  /** An entry became final: those that set tokens aside for somebody count as its payers. */
  note(entry: Pick<Entry, 'account' | 'operation'>): void
  /** A provider was caught with a false claim about what it sold: it has no reputation here any more. */
  distrust(provider: PeerId): void
  /** A provider was asked for what it is said to have: what became of it counts for ten minutes, or until it delivers. */
  noteDelivery(provider: PeerId, isDelivered: boolean): void
  /** Whether where it stands was proven, or it was caught; else it is taken for a newcomer. */
  isKnown(provider: PeerId): boolean
  /** What is not known is that of a newcomer. */
  of(provider: PeerId): ProviderStanding
}

/** Creates it; `links` tells how far those are who are linked. */
export function createProviderStandings(components: {
  readonly links: () => readonly Pick<PeerLink, 'peerId' | 'rttMs'>[]
  readonly clock: Pick<Clock, 'monotonicMs'>
}): ProviderStandings {
  const { links, clock } = components
  const leaves = new Map<PeerId, Pick<AccountLeaf, 'reputationMilli' | 'earned7d'>>()
  /** No more payers are remembered than it takes not to be a newcomer. */
  const payers = new Map<PeerId, Set<PeerId>>()
  const liars = new Map<PeerId, true>()
  const misses = new Map<PeerId, { readonly count: number; readonly atMs: number }>()

  function missesOf(provider: PeerId): number {
    const { count, atMs } = misses.get(provider) ?? { count: 0, atMs: 0 }
    return clock.monotonicMs() - atMs < MISS_MS ? count : 0
  }

  return {
    learn({ account, reputationMilli, earned7d }) {
      put(leaves, accountToPeerId(account), { reputationMilli, earned7d })
    },
    note({ account, operation }) {
      if (operation.type !== 'pay' && operation.type !== 'reserve') return
      const payee = accountToPeerId(operation.to)
      const known = payers.get(payee) ?? new Set()
      if (known.size < ESTABLISHED_PAYERS) known.add(accountToPeerId(account))
      put(payers, payee, known)
    },
    distrust: (provider) => put(liars, provider, true),
    noteDelivery(provider, isDelivered) {
      const count = missesOf(provider) + 1
      misses.delete(provider)
      if (!isDelivered) put(misses, provider, { count, atMs: clock.monotonicMs() })
    },
    isKnown: (provider) => leaves.has(provider) || liars.has(provider),
    of(provider) {
      const leaf = leaves.get(provider)
      return {
        reputation: liars.has(provider) ? 0 : reputationOf(leaf),
        earned7d: leaf?.earned7d ?? ZERO_TOKENS,
        distinctPayers: payers.get(provider)?.size ?? 0,
        latencyMs: links().find(({ peerId }) => peerId === provider)?.rttMs ?? Number.NaN,
        misses: missesOf(provider),
      }
    },
  }
}

function reputationOf(leaf: Pick<AccountLeaf, 'reputationMilli'> | undefined): number {
  return leaf === undefined ? NEWCOMER_REPUTATION : leaf.reputationMilli / 1_000
}

function put<T>(map: Map<PeerId, T>, peerId: PeerId, value: T): void {
  map.set(peerId, value)
  const [first] = map.keys()
  if (map.size > MAX_REMEMBERED && first !== undefined) map.delete(first)
}
