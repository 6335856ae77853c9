import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { linkToClose, linkToYield, rankLinks, type LinkFacts } from '../../domain/network/link-budget.ts'
import { describeFailure } from '../../domain/network/link-failure.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PeerLink } from '../../ports/network.ts'
import { scoreReader } from '../../protocols/gossip.ts'
import { toLibp2pPeerId } from './addresses.ts'
import { meshReader } from './gossip-mesh.ts'
import type { Links } from './links.ts'
import type { NetworkLog } from './network-log.ts'
import type { PeerNode } from './start-libp2p.ts'
import type { Traffic } from './traffic.ts'

/** Keeps the number of direct links within bounds, by the rules of `domain/network/link-budget.ts`. */
export interface LinkRoom {
  /** Notes that the link to the peer carries a request. */
  touch(peerId: PeerId): void
  forget(peerId: PeerId): void
  /** True when an inbound connection of this peer may be taken; a link that is worth less gives way to it. */
  hasRoomFor(peerId: string): boolean
  /** Closes the least useful link if there is no room; throws `not-connected` when all are busy. */
  makeRoom(): Promise<void>
  /** Closes the least useful links while more are open than there is room for: several may come in at once. */
  prune(): void
  /** All links, with what they carry and why they are kept. */
  describe(): readonly PeerLink[]
}

/** Room for `maxDirectLinks` direct links besides those to servers. */
export function createLinkRoom(
  components: {
    readonly node: PeerNode
    readonly links: Links
    readonly traffic: Pick<Traffic, 'of'>
    readonly log: Pick<NetworkLog, 'note'>
    readonly clock: Pick<Clock, 'nowMs'>
  },
  { maxDirectLinks }: { readonly maxDirectLinks: number },
): LinkRoom {
  const { node, links, traffic, log, clock } = components
  const usedAtMs = new Map<PeerId, number>()
  const meshesOf = meshReader(node.services.pubsub)
  const scoreOf = scoreReader(node.services.pubsub)

  function facts(): readonly LinkFacts[] {
    const nowMs = clock.nowMs()
    const direct = links.list().filter(({ kind, isServer }) => kind !== 'relay' && !isServer)
    return direct.map(({ peerId, direction, rttMs, openedAtMs }) => {
      const { bytesIn, bytesOut, networkGroup } = traffic.of(peerId)
      return {
        peerId,
        direction,
        rttMs,
        ageMs: Math.max(0, nowMs - openedAtMs),
        idleMs: nowMs - (usedAtMs.get(peerId) ?? -Infinity),
        bytes: bytesIn + bytesOut,
        meshTopics: meshesOf(peerId).length,
        networkGroup,
        isIntroducer: node.services.reservations.leadsHere(peerId),
      }
    })
  }

  async function close(peerId: PeerId): Promise<void> {
    log.note({
      kind: 'budget',
      peerId,
      failure: null,
      message: 'The link was closed to make room for another.',
    })
    await node.hangUp(toLibp2pPeerId(peerId))
  }

  return {
    touch: (peerId) => void usedAtMs.set(peerId, clock.nowMs()),
    forget: (peerId) => void usedAtMs.delete(peerId),
    hasRoomFor(peerId) {
      const peers: readonly string[] = links.directPeers()
      if (peers.length < maxDirectLinks || peers.includes(peerId)) return true
      const yielding = linkToYield(facts())
      if (yielding === undefined) return false
      void close(yielding).catch(() => undefined)
      return true
    },
    async makeRoom() {
      if (links.directPeers().length < maxDirectLinks) return
      const closing = linkToClose(facts())
      if (closing === undefined) {
        const { meaning, hint } = describeFailure('no-room')
        log.note({ kind: 'budget', peerId: null, failure: 'no-room', message: meaning })
        throw new LoremeshError('not-connected', meaning, hint)
      }
      await close(closing)
    },
    prune() {
      const surplus = links.directPeers().length - maxDirectLinks
      if (surplus <= 0) return
      for (const { peerId, keptFor } of rankLinks(facts()).slice(-surplus)) {
        if (keptFor !== 'busy') void close(peerId).catch(() => undefined)
      }
    },
    describe() {
      const ranked = new Map(rankLinks(facts()).map((link) => [link.peerId, link]))
      return links.list().map((link) => {
        const { usefulness = link.isServer ? 1 : 0, keptFor = link.isServer ? 'server' : 'spare' } =
          ranked.get(link.peerId) ?? {}
        return {
          ...link,
          ...traffic.of(link.peerId),
          meshTopics: meshesOf(link.peerId),
          gossipScore: scoreOf(link.peerId),
          usefulness,
          keptFor,
        }
      })
    },
  }
}
