import { afterEach, expect, test } from 'vitest'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { Verdict } from '../../src/domain/gossip/ledger-watch.ts'
import type { GossipMessage } from '../../src/ports/network.ts'
import { testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, type TestPeer } from '../support/libp2p-peers.ts'
import { testDescriptor } from '../support/test-contexts.ts'

const bed = createTestBed()
afterEach(() => bed.stopAll())

const clock = createNodeClock()
const author = testIdentity(1)

/** Titles of descriptors that a peer heard, with waiting for them. */
function createListener(verdict: (message: GossipMessage) => Verdict = () => 'accept') {
  const heard = new Map<string, PeerId>()
  const waiting = new Map<string, () => void>()
  return {
    heard,
    onGossip: (message: GossipMessage, from: PeerId): Verdict => {
      if (message.type === 'descriptors') {
        for (const { descriptor } of message.descriptors) {
          heard.set(descriptor.title, from)
          waiting.get(descriptor.title)?.()
        }
      }
      return verdict(message)
    },
    hears: (title: string): Promise<void> =>
      new Promise((resolve) => {
        if (heard.has(title)) resolve()
        waiting.set(title, resolve)
      }),
  }
}

/** Publishes descriptors from number `from` on until the listener hears one: gossip streams take a moment to open. */
async function publishUntilHeard(
  peer: TestPeer,
  listeners: readonly ReturnType<typeof createListener>[],
  from: number,
): Promise<void> {
  let n = from
  const publish = () => {
    const descriptor = testDescriptor(author, n++)
    void peer.network.publish({ type: 'descriptors', descriptors: [descriptor] })
  }
  const stop = clock.every(200, publish)
  const any = (listener: ReturnType<typeof createListener>) =>
    Promise.race(Array.from({ length: 40 }, (_, i) => listener.hears(`Context ${from + i}`)))
  await Promise.all(listeners.map(any)).finally(stop)
}

test('what one peer tells reaches every other one, from the one that forwarded it', async () => {
  const relay = addressOf(await bed.startRelay())
  const [ben, carl] = [createListener(), createListener()]
  const anna = await bed.startPeer(testIdentity(1), relay)
  await bed.startPeer(testIdentity(2), relay, ben)
  await bed.startPeer(testIdentity(3), relay, carl)
  await anna.network.connect(testIdentity(2).peerId, [])
  await publishUntilHeard(anna, [ben, carl], 1)
  expect(new Set(carl.heard.values())).not.toContain(testIdentity(3).peerId)
})

test('gossip goes on between linked peers when the relay is gone', async () => {
  const relay = await bed.startRelay()
  const listener = createListener()
  const anna = await bed.startPeer(testIdentity(1), addressOf(relay))
  const ben = await bed.startPeer(testIdentity(2), addressOf(relay), listener)
  await anna.network.connect(ben.identity.peerId, [])
  await publishUntilHeard(anna, [listener], 1)
  await relay.stop()
  await publishUntilHeard(anna, [listener], 100)
  expect(listener.heard.get('Context 100')).toBe(anna.identity.peerId)
})

test('what a peer does not accept it does not pass on', async () => {
  const relay = await bed.startRelay()
  const end = createListener()
  const middle = createListener((message) => {
    const isOdd =
      message.type === 'descriptors' &&
      message.descriptors.some(({ descriptor }) => /[13579]$/.test(descriptor.title))
    return isOdd ? 'ignore' : 'accept'
  })
  const address = addressOf(relay)
  const anna = await bed.startPeer(testIdentity(1), address)
  const ben = await bed.startPeer(testIdentity(2), address, middle)
  const carl = await bed.startPeer(testIdentity(3), address, end)
  await anna.network.connect(ben.identity.peerId, [])
  await ben.network.connect(carl.identity.peerId, [])
  await relay.stop()
  await publishUntilHeard(anna, [end], 1)
  expect([...end.heard.keys()].filter((title) => /[13579]$/.test(title))).toEqual([])
  expect([...middle.heard.keys()].filter((title) => /[13579]$/.test(title))).not.toEqual([])
})
