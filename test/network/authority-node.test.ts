import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAuthorityNode, type AuthorityNode } from '../../signaling/authority-node.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import { collectEntry, openEntry, payEntry } from '../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { parseTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { proveFork } from '../../src/domain/ledger/fork-proof.ts'
import { stateAfter } from '../../src/domain/ledger/state-after.ts'
import type { GossipMessage } from '../../src/ports/network.ts'
import { createTestLedger, firstGrant, genesis, START_MS, testIdentity } from '../support/ledger.ts'
import { createTestBed, type TestPeer } from '../support/libp2p-peers.ts'
import { testBytes } from '../support/test-contexts.ts'

const identities = [201, 202, 203, 204].map(testIdentity)
const network = {
  ...genesis,
  authorities: identities.map(({ account }) => account),
  checkpointIntervalMs: 1_000,
}
const lookup = { ...createTestLedger(), genesis: network }
const anna = testIdentity(1)
/** Time goes on from when the network was made. */
const nowMs = (): number => Math.floor(START_MS + performance.now())
const moment = () => ({ timestampMs: nowMs(), checkpoint: 0 })
const patient = { timeout: 20_000 }

const bed = createTestBed()
const nodes = new Map<number, AuthorityNode>()

beforeEach(async () => {
  for (const index of identities.keys()) await start(index)
})
afterEach(async () => {
  await bed.stopAll()
  await Promise.all([...nodes.keys()].map(stop))
})

/** Starts an authority with an empty ledger; it is told where those are that run. */
async function start(index: number, port = 0): Promise<void> {
  const identity = identities[index]
  if (identity === undefined) throw new Error(`There is no authority ${index}`)
  const node = await startAuthorityNode(
    { identity, genesis: network, log: () => undefined, nowMs },
    {
      host: '127.0.0.1',
      port,
      ledger: [':memory:'],
      grantsPerDay: 10,
      wishes: [],
      addresses: [...nodes.keys()].map(addressOf),
      relays: index === 0,
    },
  )
  nodes.set(index, node)
}

async function stop(index: number): Promise<void> {
  const node = nodes.get(index)
  nodes.delete(index)
  await node?.stop()
}

function addressOf(index: number): string {
  const [port, peerId] = [nodes.get(index)?.port ?? 0, identities[index]?.peerId ?? '']
  return `/ip4/127.0.0.1/tcp/${port}/ws/p2p/${peerId}`
}

/** A peer that knows these authorities. */
function startPeer(number: number, authorities: readonly number[]): Promise<TestPeer> {
  const authorityAddresses = authorities.map(addressOf)
  return bed.startPeer(testIdentity(number), addressOf(0), {}, { genesis: network, authorityAddresses })
}

const sign = (entry: Entry): SignedEntry => signEntry(anna, entry)

/** Opens the account of a peer and collects its starter tokens. */
async function openAccount({ certifier, identity }: TestPeer): Promise<AccountState> {
  const opened = sign(openEntry(identity.account, moment(), lookup))
  await certifier.certify(opened)
  const before = stateAfter(opened, undefined)
  const grant = await certifier.requestStarterGrant(firstGrant(network))
  const collected = sign(collectEntry(before, grant, moment(), lookup))
  await certifier.certify(collected)
  return stateAfter(collected, before)
}

const entriesAt = async (index: number) => (await nodes.get(index)?.status())?.totals.entries
const reachableFrom = (index: number) => nodes.get(index)?.reachable()

describe('four authorities', () => {
  it('find each other when one of each two knows the other one’s address', async () => {
    for (const index of identities.keys()) await expect.poll(() => reachableFrom(index), patient).toBe(4)
  })

  it('learn of each other what peers have told only some of them', async () => {
    const peer = await startPeer(1, [0, 1, 2])
    await openAccount(peer)
    await expect.poll(() => entriesAt(3), patient).toBe(2)
  })

  it('find an authority again that was away, and it catches up', async () => {
    await expect.poll(() => reachableFrom(0), patient).toBe(4)
    const port = nodes.get(3)?.port
    await stop(3)
    await expect.poll(() => reachableFrom(0), patient).toBe(3)
    await openAccount(await startPeer(1, [0, 1, 2]))
    await start(3, port)
    await expect.poll(() => entriesAt(3), patient).toBe(2)
    await expect.poll(() => reachableFrom(0), patient).toBe(4)
    for (const index of identities.keys()) {
      const heightAt = async () => (await nodes.get(index)?.status())?.checkpoint?.height
      await expect.poll(heightAt, patient).toBeGreaterThan(0)
    }
  })

  it('take over a fork that peers gossip about, and certify nothing of its account any more', async () => {
    const peer = await startPeer(1, [0, 1, 2, 3])
    const state = await openAccount(peer)
    const [one, other] = [1, 2].map((invoice) => {
      const terms = { to: testIdentity(2).account, amount: parseTokens('1'), invoice: testBytes(32, invoice) }
      return sign(payEntry(state, { ...terms, expiresAtMs: nowMs() + 60_000 }, moment(), lookup))
    })
    if (one === undefined || other === undefined) throw new Error('There are two payments')
    const proof = proveFork(
      { signed: one, certificate: undefined },
      { signed: other, certificate: undefined },
    )
    if (proof === undefined) throw new Error('Two payments at one place are a fork')
    const news: GossipMessage = { type: 'fork-proof', proof }
    for (const index of identities.keys()) {
      const frauds = async () => {
        // A gossip stream takes a moment to open.
        await peer.network.publish(news)
        return (await nodes.get(index)?.status())?.frauds
      }
      await expect.poll(frauds, patient).toBe(1)
    }
    await expect(peer.certifier.certify(one)).rejects.toMatchObject({ code: 'account-frozen' })
  })
})
