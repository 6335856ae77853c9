import type { LedgerNews, Verdict } from '../src/domain/gossip/ledger-watch.ts'
import type { PeerId } from '../src/domain/identity/account.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import { sha256Digest } from '../src/domain/kernel/hashing.ts'
import { encodeLedgerGossip } from '../src/protocols/ledger-gossip.ts'
import { idle, type Scheduler } from './scheduler.ts'
import type { NodeName, VirtualWires } from './virtual-wires.ts'

/** A node's part in gossip. */
export interface Gossiper {
  readonly peerId: PeerId
  /** Says what becomes of a message that `from` sent. */
  judge(message: LedgerNews, from: PeerId): Promise<Verdict>
  /** Whether it may pass on what it should not. */
  readonly isFaulty: boolean
}

/**
 * Gossip as gossipsub carries it: every node passes on to its neighbours what it accepts, each message once, and offers it
 * to some others for a few seconds, who take it when it got lost on its way to them.
 */
export interface VirtualGossip {
  join(node: NodeName, gossiper: Gossiper): void
  leave(node: NodeName): void
  /** Tells everybody; nothing happens when the node has seen the same message. */
  publish(node: NodeName, message: LedgerNews): void
  /** Sends a message to one node only, whatever the sender has seen. */
  whisper(from: NodeName, to: NodeName, message: LedgerNews): void
}

/** Steps around the ring of all nodes at which a node has its neighbours, in both directions. */
const STEPS = [1, 4, 13]

/** As gossipsub's heartbeat, gossip window and `Dlazy`. */
const HEARTBEAT_MS = 1_000
const OFFERED_MS = 3_000
const OFFERED_TO = 6

/** Gossip over `wires`. `onRejected` is told when an honest node blames an honest one. */
export function createVirtualGossip(
  { scheduler, wires }: { readonly scheduler: Scheduler; readonly wires: VirtualWires },
  { onRejected }: { readonly onRejected: (message: LedgerNews) => void },
): VirtualGossip {
  const gossipers = new Map<NodeName, Gossiper>()
  const seen = new Map<NodeName, Set<string>>()
  /** What a node accepted or published lately, oldest first. */
  const recent = new Map<NodeName, { readonly message: LedgerNews; readonly atMs: number }[]>()
  const keys = new WeakMap<LedgerNews, string>()
  /** Where each node stands on the ring: anywhere, but always there. */
  const places = new Map<NodeName, number>()
  const neighbours = new Map<NodeName, readonly NodeName[]>()
  let drawnFor = -1

  function keyOf(message: LedgerNews): string {
    const known = keys.get(message)
    if (known !== undefined) return known
    const key = bytesToHexText(sha256Digest(encodeLedgerGossip(message)))
    keys.set(message, key)
    return key
  }

  /** Gossipsub finds other neighbours in place of those that are gone or can't be reached. */
  function neighboursOf(node: NodeName): readonly NodeName[] {
    if (drawnFor !== wires.version) {
      neighbours.clear()
      drawnFor = wires.version
    }
    const known = neighbours.get(node)
    if (known !== undefined) return known
    const ring = [...gossipers.keys()]
      .filter((other) => other === node || wires.connects(node, other))
      .sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
    const at = ring.indexOf(node)
    const picked = STEPS.flatMap((step) => [
      ring.at((at + step) % ring.length),
      ring.at((at - step) % ring.length),
    ])
    const found = [...new Set(picked)].flatMap((other) =>
      other === undefined || other === node ? [] : [other],
    )
    neighbours.set(node, found)
    return found
  }

  function beat(): typeof idle {
    scheduler.after(HEARTBEAT_MS, beat)
    const nodes = [...gossipers.keys()]
    for (const [node, messages] of recent) {
      while (messages[0] !== undefined && messages[0].atMs + OFFERED_MS < scheduler.nowMs()) messages.shift()
      if (messages.length === 0) continue
      const others = nodes.filter((other) => other !== node && wires.connects(node, other))
      for (const other of scheduler.random.some(others, OFFERED_TO)) offer(node, other)
    }
    return idle
  }

  function offer(node: NodeName, other: NodeName): void {
    for (const { message } of recent.get(node) ?? []) {
      if (seen.get(other)?.has(keyOf(message)) === false) sendTo(node, other, message)
    }
  }

  function forward(node: NodeName, message: LedgerNews, except?: NodeName): void {
    const key = keyOf(message)
    recent.get(node)?.push({ message, atMs: scheduler.nowMs() })
    for (const other of neighboursOf(node)) {
      if (other !== except && seen.get(other)?.has(key) !== true) sendTo(node, other, message)
    }
  }

  function sendTo(from: NodeName, to: NodeName, message: LedgerNews): void {
    const sender = gossipers.get(from)
    if (sender !== undefined) wires.send(from, to, () => receive(to, message, from, sender))
  }

  function receive(node: NodeName, message: LedgerNews, from: NodeName, sender: Gossiper): unknown {
    const gossiper = gossipers.get(node)
    const known = seen.get(node)
    const key = keyOf(message)
    if (gossiper === undefined || known === undefined || known.has(key)) return idle
    known.add(key)
    void judge(gossiper, message, sender).then((verdict) => {
      if (verdict === 'accept' && gossipers.get(node) === gossiper) forward(node, message, from)
    })
    return undefined
  }

  async function judge(gossiper: Gossiper, message: LedgerNews, sender: Gossiper): Promise<Verdict> {
    const verdict = await gossiper.judge(message, sender.peerId)
    if (verdict === 'reject' && !gossiper.isFaulty && !sender.isFaulty) onRejected(message)
    return verdict
  }

  scheduler.after(HEARTBEAT_MS, beat)
  return {
    join(node, gossiper) {
      if (!places.has(node)) places.set(node, scheduler.random.between(0, 2 ** 31 - 1))
      gossipers.set(node, gossiper)
      seen.set(node, new Set())
      recent.set(node, [])
      drawnFor = -1
    },
    leave(node) {
      gossipers.delete(node)
      seen.delete(node)
      recent.delete(node)
      drawnFor = -1
    },
    publish(node, message) {
      const known = seen.get(node)
      const key = keyOf(message)
      if (known === undefined || known.has(key)) return
      known.add(key)
      forward(node, message)
    },
    whisper: sendTo,
  }
}
