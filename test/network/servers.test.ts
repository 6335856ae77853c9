import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuthorityNode } from '../../signaling/authority-node.ts'
import { createClientNetworks } from '../../signaling/client-networks.ts'
import { startNetworkServices } from '../../signaling/network-services.ts'
import { verifyCertificate } from '../../src/domain/ledger/certificate.ts'
import { createNativeSignatureVerifier } from '../../signaling/native-signatures.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import { collectEntry, openEntry, payEntry } from '../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { parseTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { createTracker, type Tracker } from '../../src/domain/tracker/tracker.ts'
import type { SharedContext } from '../../src/ports/context-routing.ts'
import {
  authority,
  createTestLedger,
  firstGrant,
  genesis,
  START_MS,
  testIdentity,
} from '../support/ledger.ts'
import { createTestBed, type TestPeer } from '../support/libp2p-peers.ts'
import { testBytes, testHash } from '../support/test-contexts.ts'

const bed = createTestBed()
let tracker: Tracker
let server: AuthorityNode
let stopServer: () => Promise<void>
let address: string

/** Time goes on from when the network was made. */
const nowMs = (): number => Math.floor(START_MS + performance.now())

beforeEach(async () => {
  tracker = createTracker({ announceTtlMs: 90_000, intervalMs: 30_000 })
  server = await startNetworkServices(
    { identity: authority, genesis, tracker, log: () => undefined, nowMs, clients: createClientNetworks() },
    { ledger: [':memory:'], grantsPerDay: 1, wishes: [], publicUrl: undefined, authorityAddresses: [] },
  )
  let running = true
  stopServer = async () => {
    if (running) await server.stop()
    running = false
  }
  address = `/ip4/127.0.0.1/tcp/${server.port}/ws/p2p/${authority.peerId}`
})
afterEach(async () => {
  await bed.stopAll()
  await stopServer()
})

const contextNumber = (n: number): SharedContext => ({
  contextHash: testHash(n),
  title: `Context ${n}`,
  sizeBytes: 1_000,
  tags: [],
})
const contexts = (count: number) => Array.from({ length: count }, (_, n) => contextNumber(n))

describe('the tracker', () => {
  test('learns a large set in parts, then only what changes, and leads others to the provider', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    const ben = await bed.startPeer(testIdentity(2), address)
    const first = await anna.routing.provide(contexts(7_000))
    expect(first).toEqual({ intervalMs: 30_000, peersOnline: 1, contextsTotal: 7_000 })
    const second = await anna.routing.provide([...contexts(7_000).slice(1), contextNumber(7_000)])
    expect(second.contextsTotal).toBe(7_000)

    expect(await ben.routing.findProviders(testHash(0))).toEqual([])
    const [provider] = await ben.routing.findProviders(testHash(7_000))
    expect(provider).toMatchObject({ peerId: anna.identity.peerId, reputation: 0.5, uptimePercent: 100 })
    expect(await ben.routing.listPeers(10)).toEqual([provider])
    const link = await ben.network.connect(anna.identity.peerId, provider?.addresses ?? [])
    expect(link.kind).toBe('webrtc')
  })

  test('that has forgotten a peer is told everything again', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    await anna.routing.provide(contexts(10))
    tracker.leave(anna.identity.peerId)
    expect((await anna.routing.provide(contexts(11))).contextsTotal).toBe(11)
  })
})

describe('the authority', () => {
  const lookup = createTestLedger()
  const sign = (peer: TestPeer, entry: Entry): SignedEntry => signEntry(peer.identity, entry)
  const open = (peer: TestPeer, timestampMs = nowMs()): SignedEntry =>
    sign(peer, openEntry(peer.identity.account, { timestampMs, checkpoint: 0 }, lookup))

  async function headOf({ certifier, identity }: TestPeer, sinceSeq: number): Promise<AccountState> {
    const { certified } = await certifier.head(identity.peerId, sinceSeq)
    if (certified === undefined) throw new Error('The account is unknown')
    return certified.state
  }

  test('certifies entries, grants the starter tokens once, and tells a chain of any length', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    const { certifier, identity } = anna
    expect(await certifier.head(identity.peerId, -1)).toEqual({ certified: undefined, voted: [] })

    const opened = open(anna)
    const certificate = await certifier.certify(opened)
    await verifyCertificate(certificate, opened, genesis, createNativeSignatureVerifier(), [])
    expect(await certifier.certify(opened)).toEqual(certificate)

    const grant = await certifier.requestStarterGrant(firstGrant(genesis))
    const now = () => ({ timestampMs: nowMs(), checkpoint: 0 })
    await certifier.certify(sign(anna, collectEntry(await headOf(anna, -1), grant, now(), lookup)))
    await expect(certifier.requestStarterGrant(firstGrant(genesis))).rejects.toMatchObject({
      code: 'already-granted',
    })

    let payment: SignedEntry = opened
    for (let n = 0; n < 30; n++) {
      const terms = {
        to: testIdentity(2).account,
        amount: parseTokens('1'),
        invoice: testBytes(32, n),
        expiresAtMs: nowMs() + genesis.paymentWindowMs,
      }
      payment = sign(anna, payEntry(await headOf(anna, n + 1), terms, now(), lookup))
      await certifier.certify(payment)
    }
    const { certified: whole } = await certifier.head(identity.peerId, -1)
    const seqs = whole?.entries.map(({ signed }) => signed.entry.seq)
    expect(seqs).toEqual(Array.from({ length: 32 }, (_, seq) => seq))
    expect(whole?.state.head).toBe(payment.hash)
    expect(await certifier.payment(payment.hash)).toMatchObject({ amount: parseTokens('1'), state: 'open' })
    expect(await certifier.payment(opened.hash)).toBeUndefined()
  })

  test('refuses a second entry at one place by name', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    await anna.certifier.certify(open(anna))
    const other = open(anna, nowMs() - 1_000)
    await expect(anna.certifier.certify(other)).rejects.toMatchObject({ code: 'conflicting-entry' })
  })

  test('refuses an entry that somebody else signed by name', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    const forged = signEntry({ account: anna.identity.account, sign: testIdentity(2).sign }, open(anna).entry)
    await expect(anna.certifier.certify(forged)).rejects.toMatchObject({ code: 'bad-signature' })
  })

  test('grants starter tokens to so many newcomers a day, and tells the others why not', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    const ben = await bed.startPeer(testIdentity(2), address)
    const grant = await anna.certifier.requestStarterGrant(firstGrant(genesis))
    await expect(ben.certifier.requestStarterGrant(firstGrant(genesis))).rejects.toThrow('used up')
    expect(await anna.certifier.requestStarterGrant(firstGrant(genesis))).toEqual(grant)
  })

  test('that is gone is named as unreachable', async () => {
    const anna = await bed.startPeer(testIdentity(1), address, {}, { dialTimeoutMs: 500 })
    await stopServer()
    await expect(anna.certifier.certify(open(anna))).rejects.toMatchObject({ code: 'authority-unreachable' })
    await expect(anna.certifier.requestStarterGrant(firstGrant(genesis))).rejects.toMatchObject({
      code: 'authority-unreachable',
    })
  })
})
