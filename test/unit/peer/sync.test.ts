import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { proveFork } from '../../../src/domain/ledger/fork-proof.ts'
import { encodeFraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { createSync } from '../../../src/peer/sync.ts'
import type { NetworkHandlers } from '../../../src/ports/network.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { copyLedgerStore } from '../../support/copy-ledger-store.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import {
  SHOWN_MS,
  buy,
  failureOf,
  openRawPayer,
  part,
  priceOf,
  settleAll,
  share,
  texts,
  walletOf,
  type RawPayer,
} from './trade-fixture.ts'

/** More than an interval between two checkpoints. */
const CHECKPOINT_MS = 35_000
const cap = parseTokens('3')

describe('a peer that comes back', () => {
  let hub: PeerHub
  let anna: HubPeer
  let ben: HubPeer
  beforeEach(async () => {
    hub = await openPeerHub()
    anna = await hub.addPeer()
    ben = await hub.addPeer()
  })
  afterEach(() => hub.close())

  /** Two reserves of one place, of which the first one is certified, and what they prove. */
  function fork(cheat: RawPayer): Uint8Array {
    const before = cheat.state()
    const first = cheat.sign(anna, cap)
    const second = cheat.sign(ben, cap, before)
    const proof = proveFork(
      { signed: first, certificate: undefined },
      { signed: second, certificate: undefined },
    )
    if (proof === undefined) throw new Error('The two reserves prove nothing')
    return encodeFraudProof({ type: 'fork-proof', proof })
  }

  it('from an old backup is paid again what it was owed', async () => {
    const wanted = await share(anna, texts(3))
    const backup = await copyLedgerStore(anna.ledgerStore)
    await buy(ben, anna, wanted)
    anna.crash()
    const restored = await hub.addPeer({ profile: { ...anna, ledgerStore: backup } })
    const incoming = await backup.listPayments({ direction: 'in' })
    expect(incoming).toMatchObject([{ kind: 'reserve', phase: 'certified', voucher: undefined }])
    expect(incoming[0]?.counterparty).toBe(ben.identity.peerId)

    await ben.peer.buyer.meetAgain(restored.identity.peerId)
    await hub.clock.advance(SHOWN_MS)
    const price = priceOf(wanted, hub.genesis)
    expect(walletOf(restored).pendingIn).toBe(price)
    await settleAll(hub, restored, ben)
    expect(walletOf(restored).credit).toBe(hub.genesis.starterGrant + price)
  })

  it('learns that what it took on trust is certified by now', async () => {
    const cat = await openRawPayer(hub)
    const { reserveWire, signed } = await cat.reserve(anna, cap)
    const record = {
      payment: signed.hash,
      kind: 'reserve',
      direction: 'in',
      counterparty: cat.identity.peerId,
      amount: cap,
      fromCredit: cap,
      createdAtMs: 1,
      expiresAtMs: hub.clock.nowMs() + 60_000,
      phase: 'signed',
      entryWire: reserveWire,
      certificateWire: undefined,
      voucher: undefined,
      usedAtMs: 2,
    } as const
    await anna.ledgerStore.putPayment(record)
    anna.crash()
    const { ledgerStore } = await hub.addPeer({ profile: anna })
    expect(await ledgerStore.getPayment(signed.hash)).toMatchObject({
      phase: 'certified',
      usedAtMs: 2,
      certificateWire: expect.any(Uint8Array) as Uint8Array,
    })
  })

  it('takes no note of payments whose time is over', async () => {
    const cat = await openRawPayer(hub)
    await cat.reserve(anna, cap)
    anna.crash()
    await hub.clock.advance(hub.genesis.paymentWindowMs + 1_000)
    hub.authorities.unreachable.clear()
    const { ledgerStore } = await hub.addPeer({ profile: anna })
    expect(await ledgerStore.listPayments({ direction: 'in' })).toEqual([])
  })

  it('knows of the frauds of those whom it dealt with', async () => {
    const cat = await openRawPayer(hub)
    const opening = await cat.reserve(anna, cap)
    anna.crash()
    const proof = fork(cat)
    for (const authority of hub.authorities.authorities) await authority.reportFraud(proof)
    const handlers: NetworkHandlers[] = []
    const { ledgerStore } = await hub.addPeer({
      profile: anna,
      intercept(own) {
        handlers.push(own)
        return {}
      },
    })
    expect(await ledgerStore.listForkProofs()).toEqual([proof])
    const offered = handlers[0]?.onSession(opening, cat.identity.peerId)
    await expect(offered).rejects.toMatchObject({ code: 'account-frozen' })
  })

  it('tells the authorities of a fraud that it knew before it lost power, and they do not', async () => {
    const cat = await openRawPayer(hub)
    await cat.reserve(anna, cap)
    anna.crash()
    await anna.ledgerStore.putForkProof(fork(cat))
    const isFrozen = async () =>
      Promise.all(
        hub.authorities.authorities.map(
          async (authority) => (await authority.head(cat.identity.account, 0)).state?.frozen,
        ),
      )
    expect(await isFrozen()).not.toContain(true)
    await hub.addPeer({ profile: anna })
    expect(await isFrozen()).not.toContain(false)
  })

  it('with nothing but its key knows at once where its account stands', async () => {
    await hub.clock.advance(CHECKPOINT_MS)
    anna.crash()
    const fresh = { ledgerStore: createMemoryLedgerStore(), contextStore: createMemoryContextStore() }
    const restored = await hub.addPeer({ profile: { identity: anna.identity, ...fresh } })
    expect(walletOf(restored)).toMatchObject({ credit: hub.genesis.starterGrant, notice: '' })
    const states = walletOf(restored).entries.map(({ kind, state }) => [kind, state])
    expect(states).toEqual([
      ['collect', 'checkpointed'],
      ['open', 'checkpointed'],
    ])
  })
})

describe('a network without a quorum', () => {
  it('serves on within the credit line, says so, and makes it good afterwards', async () => {
    const hub = await openPeerHub({}, { authorities: 4 })
    const anna = await hub.addPeer()
    const ben = await hub.addPeer()
    const wanted = await share(anna, texts(40, 600))
    await buy(ben, anna, part(wanted, 0, 2))
    await settleAll(hub, anna, ben)
    const before = { anna: walletOf(anna).credit, ben: walletOf(ben).credit }

    for (const index of [2, 3]) hub.authorities.unreachable.add(index)
    expect(await failureOf(buy(ben, anna, part(wanted, 2, 4)))).toBeUndefined()
    await hub.clock.settled()
    const price = priceOf(part(wanted, 2, 4), hub.genesis)
    expect(walletOf(ben).notice).toContain('Too few authorities answer')
    expect(walletOf(ben).notice).toContain('credit lines')
    // Beyond the line nobody is trusted without a certificate.
    expect(priceOf(part(wanted, 4), hub.genesis)).toBeGreaterThan(hub.genesis.creditLine)
    expect(await failureOf(buy(ben, anna, part(wanted, 4)))).toBe('authority-unreachable')

    hub.authorities.unreachable.clear()
    await settleAll(hub, ben, anna)
    await settleAll(hub, anna, ben)
    expect(walletOf(ben).notice).toBe('')
    expect(walletOf(anna).credit).toBeGreaterThanOrEqual(before.anna + price)
    expect(walletOf(anna).credit - before.anna).toBe(before.ben - walletOf(ben).credit)
    expect(walletOf(anna).credit - before.anna).toBeLessThanOrEqual(price + hub.genesis.creditLine)
    await hub.close()
  })
})

describe('catching up', () => {
  /** A sync whose account waits until it is told to go on. */
  function openSync() {
    const clock = createManualClock()
    const notices: string[] = []
    let prepared = 0
    let finish: (failure?: LoremeshError) => void = () => undefined
    const sync = createSync(
      {
        account: {
          prepare() {
            prepared += 1
            return new Promise((resolve, reject) => {
              finish = (failure) => (failure === undefined ? resolve({} as never) : reject(failure))
            })
          },
        },
        checkpoints: { locateSelf: () => Promise.resolve() },
        forkWatch: { judge: () => Promise.resolve('ignore') },
        books: { change: () => Promise.resolve(undefined) },
        ledgerStore: createMemoryLedgerStore(),
        certifier: {
          inbox: () => Promise.resolve([]),
          frauds: () => Promise.resolve([]),
          reportFraud: () => Promise.resolve(),
        },
        checkCertificate: () => Promise.resolve(),
        clock,
      },
      { onNotice: (notice) => notices.push(notice) },
    )
    return {
      clock,
      notices,
      sync,
      prepared: () => prepared,
      finish: (error?: LoremeshError) => finish(error),
    }
  }

  it('is said when it takes longer than a moment, until it ends', async () => {
    const { clock, notices, sync, finish } = openSync()
    const quick = sync.catchUp()
    await clock.advance(200)
    finish()
    await quick
    await clock.advance(1_000)
    expect(new Set(notices)).toEqual(new Set(['']))
    for (const failure of [undefined, new LoremeshError('timeout', 'Nobody answers')]) {
      const slow = sync.catchUp().catch((error: unknown) => error)
      await clock.advance(301)
      expect(notices.at(-1)).toBe('Catching up with the network.')
      finish(failure)
      expect(await slow).toBe(failure)
      expect(notices.at(-1)).toBe('')
    }
  })

  it('is done once for all who ask meanwhile', async () => {
    const { clock, sync, prepared, finish } = openSync()
    const all = [sync.catchUp(), sync.catchUp()]
    await clock.advance(1)
    expect(prepared()).toBe(1)
    finish()
    await Promise.all(all)
    void sync.catchUp()
    expect(prepared()).toBe(2)
  })
})
