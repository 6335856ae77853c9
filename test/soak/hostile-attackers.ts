/**
 * A process of attackers: `node hostile-attackers.ts URL PEER`, told by its parent when one begins, with a new key, against
 * the server and the peer at once, and when it is over.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parsePeerId } from '../../src/domain/identity/account.ts'
import { GOSSIP_TOPICS } from '../../src/protocols/gossip.ts'
import { peerProtocols, serverProtocols } from '../../src/protocols/protocol-limits.ts'
import { encodeTrackerRequest } from '../../src/protocols/tracker.ts'
import { startRawPeer, type RawPeer } from '../support/node-peer-raw.ts'
import type { AttackKind, AttackOrder, AttackReport } from './hostile-orders.ts'

const STEP_MS = 20
/** Longer than any attack may last. */
const ATTACK_TIMEOUT_MS = 20_000
const FORGED_BYTES = 400
/** 500 a second. */
const FORGED_PER_STEP = 10

const [, , url = '', peer = ''] = process.argv
const victim = parsePeerId(peer)

const attacks: Readonly<Record<AttackKind, (attacker: RawPeer, over: AbortSignal) => void>> = {
  gossip: (attacker, over) => void forgeGossip(attacker, over),
  oversize: (attacker, over) => sendEverywhere(attacker, over, Uint8Array.of(0xff, 0xff, 0xff, 0x7f)),
  slow: (attacker, over) => sendEverywhere(attacker, over, Uint8Array.of(50, 1)),
}

/** Begins; what is returned ends it, and gives how long the server let it. */
async function begin(kind: AttackKind): Promise<() => Promise<number>> {
  const attacker = await startRawPeer({ url })
  await attacker.open(victim, peerProtocols.search.id)
  const over = new AbortController()
  const startedMs = performance.now()
  attacks[kind](attacker, over.signal)
  const served = untilRefused(attacker, startedMs)
  report({ type: 'begun', peerId: attacker.identity.peerId })
  return async () => {
    const serverMs = await served
    over.abort()
    await attacker.stop()
    return serverMs
  }
}

async function untilRefused(attacker: RawPeer, startedMs: number): Promise<number> {
  const request = encodeTrackerRequest({ type: 'peer-list', numwant: 1 })
  while (performance.now() - startedMs < ATTACK_TIMEOUT_MS) {
    try {
      await attacker.askServer(serverProtocols.tracker.id, request)
    } catch {
      break
    }
    await pause(STEP_MS)
  }
  return performance.now() - startedMs
}

async function forgeGossip(attacker: RawPeer, over: AbortSignal): Promise<void> {
  const { pubsub } = attacker.node.services
  while (!over.aborted) {
    for (let n = 0; n < FORGED_PER_STEP; n++) {
      const forged = crypto.getRandomValues(new Uint8Array(FORGED_BYTES))
      await pubsub.publish(GOSSIP_TOPICS.ledger, forged).catch(() => undefined)
    }
    await pause(STEP_MS)
  }
}

/** Opens as many streams as there may be, of every protocol, sends the bytes on each, and begins anew when it ends. */
function sendEverywhere(attacker: RawPeer, over: AbortSignal, bytes: Uint8Array): void {
  const [tracker] = attacker.info.trackers
  if (tracker === undefined) throw new Error('The server names no tracker')
  const targets = [
    ...Object.values(peerProtocols).map((limits) => ({ peerId: victim, limits })),
    ...Object.values(serverProtocols).map((limits) => ({ peerId: tracker, limits })),
  ]

  async function sendUntilRefused({ peerId, limits }: (typeof targets)[number]): Promise<void> {
    while (!over.aborted) {
      const stream = await attacker.open(peerId, limits.id)
      stream.send(bytes)
      while ((await stream.next()) !== undefined);
    }
  }

  for (const target of targets) {
    // Whoever has cut the attacker off opens no stream to it.
    for (let n = 0; n < target.limits.maxStreams; n++) sendUntilRefused(target).catch(() => undefined)
  }
}

function report(message: AttackReport): void {
  process.send?.(message)
}

let end: () => Promise<number> = () => Promise.resolve(0)
process.on('message', (order: AttackOrder) => {
  if (order.type === 'begin') void begin(order.kind).then((ending) => (end = ending))
  else void end().then((serverMs) => report({ type: 'ended', serverMs }))
})
process.on('disconnect', () => process.exit(0))
