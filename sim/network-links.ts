import type { PeerId } from '../src/domain/identity/account.ts'
import type { NetworkRules } from './network-rules.ts'
import { linkFactsOf, type SimLink, type SimNode } from './network-node.ts'

/** The links between simulated peers, which nobody opens or closes but by the rules. */
export interface NetworkLinks {
  /** The link from one peer to another, opened if there is none; undefined when either has no room for it. */
  connect(from: SimNode, to: SimNode, nowMs: number): SimLink | undefined
  /** Opens what a peer lacks, to some of those it knows. */
  seek(node: SimNode, known: readonly SimNode[], nowMs: number): void
  /** Closes every link of somebody who leaves, and will remember them. */
  leave(node: SimNode): void
  /** Dials that were refused for want of room, and links that were closed to make some. */
  readonly refused: number
  readonly closed: number
}

/** As many as a tab has. */
export const MAX_LINKS = 32

/** No links yet; `onDecision` is told of every one that opens or closes, in the order in which it happens. */
export function createNetworkLinks(
  rules: NetworkRules,
  { random, onDecision }: { readonly random: () => number; readonly onDecision: (words: string) => void },
): NetworkLinks {
  let refused = 0
  let closed = 0

  function close(node: SimNode, peerId: PeerId): void {
    const other = [...node.links.keys()].find((linked) => linked.peerId === peerId)
    if (other === undefined) throw new Error('A rule chose a link that there is not')
    node.links.delete(other)
    other.links.delete(node)
    closed += 1
    onDecision(`closed ${node.peerId} ${peerId}`)
  }

  function makeRoom(node: SimNode, rule: NetworkRules['linkToClose'], nowMs: number): boolean {
    if (node.links.size < MAX_LINKS) return true
    const victim = rule(linkFactsOf(node, nowMs))
    if (victim === undefined) return false
    close(node, victim)
    return true
  }

  function connect(from: SimNode, to: SimNode, nowMs: number): SimLink | undefined {
    const known = from.links.get(to)
    if (known !== undefined) return known
    if (!to.isOnline || from === to) return undefined
    if (!makeRoom(from, rules.linkToClose, nowMs) || !makeRoom(to, rules.linkToYield, nowMs)) {
      refused += 1
      return undefined
    }
    const link = { opener: from, openedAtMs: nowMs, usedAtMs: -Infinity, bytes: 0 }
    from.links.set(to, link)
    to.links.set(from, link)
    onDecision(`linked ${from.peerId} ${to.peerId}`)
    return link
  }

  return {
    connect,
    seek(node, known, nowMs) {
      const facts = linkFactsOf(node, nowMs)
      node.anchors = new Set([...rules.chooseAnchors(facts), ...node.anchors].slice(0, 4))
      const count = rules.countMissingLinks(facts)
      if (count === 0) return
      const strangers = new Map(known.map((other) => [other.peerId, other]))
      for (const linked of [node, ...node.links.keys()]) strangers.delete(linked.peerId)
      const chosen = rules.choosePeersToLink([...strangers.keys()], { count, anchors: node.anchors, random })
      for (const peerId of chosen) {
        const stranger = strangers.get(peerId)
        if (stranger !== undefined) connect(node, stranger, nowMs)
      }
    },
    leave(node) {
      node.remembered = [...node.links.keys()]
      for (const other of node.links.keys()) other.links.delete(node)
      node.links.clear()
    },
    get refused() {
      return refused
    },
    get closed() {
      return closed
    },
  }
}
