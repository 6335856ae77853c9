import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startNetworkServices, type NetworkServices } from '../../signaling/network-services.ts'
import { verifyCertificate } from '../../src/domain/ledger/certificate.ts'
import { collectEntry, openEntry, payEntry } from '../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { parseTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { createTracker, type Tracker } from '../../src/domain/tracker/tracker.ts'
import type { SharedContext } from '../../src/ports/context-routing.ts'
import { authority, genesis, testIdentity } from '../support/ledger.ts'
import { createTestBed, type TestPeer } from '../support/libp2p-peers.ts'
import { testBytes, testHash } from '../support/test-contexts.ts'

const bed = createTestBed()
let tracker: Tracker
let server: NetworkServices
let stopServer: () => Promise<void>
let address: string

beforeEach(async () => {
  tracker = createTracker({ reputationOf: () => 0.5 }, { announceTtlMs: 90_000, intervalMs: 30_000 })
  server = await startNetworkServices(
    { identity: authority, genesis, tracker, log: () => undefined, nowMs: () => Date.now() },
    { ledgerPath: ':memory:', grantsPerDay: 1, publicUrl: undefined },
  )
  let running = true
  stopServer = async () => {
    if (running) await server.stop()
    running = false
  }
  address = `/ip4/127.0.0.1/tcp/${server.relayPort}/ws/p2p/${authority.peerId}`
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
  const sign = (peer: TestPeer, entry: Entry): SignedEntry => signEntry(peer.identity, entry)

  test('certifies entries, grants the starter tokens once, and tells a chain of any length', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    const { certifier, identity } = anna
    expect(await certifier.head(identity.peerId, -1)).toBeUndefined()

    const opened = sign(anna, openEntry(identity.account, genesis, Date.now()))
    const certificate = await certifier.certify(opened)
    verifyCertificate(certificate, opened, genesis)
    expect(await certifier.certify(opened)).toEqual(certificate)

    const grant = await certifier.requestStarterGrant()
    let head = await certifier.head(identity.peerId, -1)
    if (head === undefined) throw new Error('no head')
    await certifier.certify(sign(anna, collectEntry(head.state, genesis, grant, Date.now())))
    await expect(certifier.requestStarterGrant()).rejects.toMatchObject({ code: 'already-granted' })

    let payment: SignedEntry = opened
    for (let n = 0; n < 30; n++) {
      head = await certifier.head(identity.peerId, n + 1)
      if (head === undefined) throw new Error('no head')
      const to = testIdentity(2).account
      const expiresAtMs = Date.now() + genesis.paymentWindowMs
      payment = sign(
        anna,
        payEntry(
          head.state,
          genesis,
          { to, amount: parseTokens('1'), invoice: testBytes(32, n), expiresAtMs },
          Date.now(),
        ),
      )
      await certifier.certify(payment)
    }
    const whole = await certifier.head(identity.peerId, -1)
    expect(whole?.entries.map(({ entry }) => entry.seq)).toEqual(Array.from({ length: 32 }, (_, seq) => seq))
    expect(whole?.state.head).toBe(payment.hash)
    expect(await certifier.payment(payment.hash)).toMatchObject({ amount: parseTokens('1'), state: 'open' })
    expect(await certifier.payment(opened.hash)).toBeUndefined()
  })

  test('refuses a second entry at one place by name', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    const { account } = anna.identity
    await anna.certifier.certify(sign(anna, openEntry(account, genesis, Date.now())))
    const other = sign(anna, openEntry(account, genesis, Date.now() - 1_000))
    await expect(anna.certifier.certify(other)).rejects.toMatchObject({ code: 'conflicting-entry' })
  })

  test('refuses an entry that somebody else signed by name', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    const entry = openEntry(anna.identity.account, genesis, Date.now())
    const forged = signEntry({ account: anna.identity.account, sign: testIdentity(2).sign }, entry)
    await expect(anna.certifier.certify(forged)).rejects.toMatchObject({ code: 'bad-signature' })
  })

  test('grants starter tokens to so many newcomers a day, and tells the others why not', async () => {
    const anna = await bed.startPeer(testIdentity(1), address)
    const ben = await bed.startPeer(testIdentity(2), address)
    const grant = await anna.certifier.requestStarterGrant()
    await expect(ben.certifier.requestStarterGrant()).rejects.toThrow('used up')
    expect(await anna.certifier.requestStarterGrant()).toEqual(grant)
  })

  test('that is gone is named as unreachable', async () => {
    const anna = await bed.startPeer(testIdentity(1), address, {}, { dialTimeoutMs: 500 })
    await stopServer()
    const opened = sign(anna, openEntry(anna.identity.account, genesis, Date.now()))
    await expect(anna.certifier.certify(opened)).rejects.toMatchObject({ code: 'authority-unreachable' })
    await expect(anna.certifier.requestStarterGrant()).rejects.toMatchObject({
      code: 'authority-unreachable',
    })
  })
})
