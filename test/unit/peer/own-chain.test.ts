import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { parseTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../../src/domain/ledger/account-state.ts'
import { createCertificate, encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { reserveEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { beginningOf } from '../../../src/domain/ledger/genesis.ts'
import { stateAfter } from '../../../src/domain/ledger/state-after.ts'
import type { Vote } from '../../../src/domain/ledger/vote.ts'
import { recordOf } from '../../../src/peer/payment-books.ts'
import { expectRejection } from '../../support/ledger.ts'
import { copyLedgerStore } from '../../support/copy-ledger-store.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import {
  buy,
  chainOf,
  expectPaid,
  failureOf,
  part,
  priceOf,
  settleAll,
  share,
  texts,
  walletOf,
  type Wanted,
} from './trade-fixture.ts'

const WINDOW_MS = 30_000

let hub: PeerHub
let seller: HubPeer
let buyer: HubPeer
let wanted: Wanted

beforeEach(async () => {
  hub = await openPeerHub({ paymentWindowMs: WINDOW_MS, checkpointIntervalMs: 5_000 }, { authorities: 4 })
  seller = await hub.addPeer()
  buyer = await hub.addPeer()
  wanted = await share(seller, texts(4))
})
afterEach(() => hub.close())

/** A reserve for the seller upon the buyer's head unless told, as any copy of its profile may sign one. */
async function signReserve(
  from?: AccountState,
): Promise<{ readonly signed: SignedEntry; readonly head: AccountState }> {
  const head = from ?? (await buyer.ledgerStore.head())
  if (head === undefined) throw new Error('The account is not open')
  const { genesis, clock } = hub
  const lookup = {
    genesis,
    payment: () => undefined,
    checkpoint: () => beginningOf(genesis),
    slashed: () => ZERO_TOKENS,
  }
  const terms = {
    to: seller.identity.account,
    cap: parseTokens('50'),
    expiresAtMs: clock.nowMs() + WINDOW_MS,
  }
  const entry = reserveEntry(head, terms, { timestampMs: clock.nowMs(), checkpoint: 0 }, lookup)
  return { signed: signEntry(buyer.identity, entry), head }
}

/** The votes of some authorities for an entry. */
function votesOf({ wire }: SignedEntry, indexes: readonly number[]): Promise<readonly Vote[]> {
  const voters = hub.authorities.authorities.filter((_, index) => indexes.includes(index))
  return Promise.all(voters.map((authority) => authority.vote(wire)))
}

/** Starts a copy of the buyer's profile with another store. */
async function startBuyer(ledgerStore = buyer.ledgerStore): Promise<HubPeer> {
  return hub.addPeer({ profile: { ...buyer, ledgerStore } })
}

describe('a profile restored from a backup', () => {
  it('takes in what it has forgotten, and pays on', async () => {
    const backup = await copyLedgerStore(buyer.ledgerStore)
    await buy(buyer, seller, part(wanted, 0, 2))
    await settleAll(hub, seller, buyer)
    buyer.crash()
    buyer = await startBuyer(backup)
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve', 'release'])
    expect(walletOf(buyer)).toMatchObject({ reserved: 0n, pendingOut: 0n })
    await buy(buyer, seller, part(wanted, 2))
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })

  it('finishes an entry of which only some authorities know, instead of signing another one', async () => {
    const backup = await copyLedgerStore(buyer.ledgerStore)
    hub.authorities.unreachable.add(1).add(3)
    await failureOf(buy(buyer, seller, wanted))
    const [reserve] = await buyer.ledgerStore.listUncertified()
    buyer.crash()
    hub.authorities.unreachable.clear()
    buyer = await startBuyer(backup)
    const [record] = await backup.listPayments()
    expect(record).toMatchObject({ payment: reserve?.hash, phase: 'certified', kind: 'reserve' })
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve'])
    expect(await backup.listUncertified()).toEqual([])
    await hub.clock.advance(WINDOW_MS + 20_000)
    await buyer.peer.settle()
    // What was delivered on trust is paid.
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })

  it('of which only the key is left has its chain and its tokens again', async () => {
    await buy(buyer, seller, wanted)
    await settleAll(hub, seller, buyer)
    buyer.crash()
    buyer = await startBuyer(createMemoryLedgerStore())
    await buyer.peer.settle()
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })
})

describe('an entry whose certificate got lost on its way to the authorities', () => {
  let signed: SignedEntry
  let before: AccountState

  beforeEach(async () => {
    const reserve = await signReserve()
    signed = reserve.signed
    before = reserve.head
    const votes = await votesOf(signed, [1, 2, 3])
    const certificateWire = encodeCertificate(createCertificate(signed, votes))
    buyer.crash()
    const record = recordOf(signed, hub.clock.nowMs())
    if (record === undefined) throw new Error('This is no reserve')
    await buyer.ledgerStore.append(signed, stateAfter(signed, before), before.head, {
      ...record,
      phase: 'certified',
      certificateWire,
    })
    await buyer.ledgerStore.putCertificate(signed.hash, certificateWire)
  })

  it('is shown to them again', async () => {
    buyer = await startBuyer()
    await buy(buyer, seller, wanted)
    await settleAll(hub, seller, buyer)
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve', 'release'])
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })

  it('goes when a checkpoint has declared its place void by then', async () => {
    await hub.clock.advance(1_000)
    const { signed: rival } = await signReserve(before)
    await votesOf(rival, [0])
    await expectRejection(() => votesOf(signed, [0]), 'conflicting-entry')
    await hub.clock.advance(2 * WINDOW_MS)
    const starting = startBuyer()
    await hub.clock.advance(10_000)
    buyer = await starting
    expect(chainOf(buyer)).toEqual(['open', 'collect'])
    expect(walletOf(buyer)).toMatchObject({ notice: '', reserved: 0n, pendingOut: 0n })
    expect((await buy(buyer, seller, part(wanted, 2))).failure).toBeUndefined()
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: priceOf(part(wanted, 2), hub.genesis) })
  })
})

describe('two copies of a profile', () => {
  let copy: HubPeer

  beforeEach(async () => {
    await hub.clock.advance(10_000)
    copy = await startBuyer(await copyLedgerStore(buyer.ledgerStore))
  })

  it('that write one after the other go on from what the other has written', async () => {
    await buy(copy, seller, part(wanted, 0, 2))
    copy.crash()
    buyer.crash()
    buyer = await startBuyer()
    await buy(buyer, seller, part(wanted, 2))
    await settleAll(hub, seller, buyer)
    expect(await seller.ledgerStore.listForkProofs()).toEqual([])
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })

  it('of which one is left are thawed by the checkpoint, without a restart', async () => {
    expect((await buy(buyer, seller, part(wanted, 0, 2))).failure).toBeUndefined()
    const other = await hub.addPeer()
    const offered = await share(other, texts(1))
    await failureOf(buy(copy, other, offered))
    copy.crash()
    await hub.clock.settled()
    expect(await failureOf(buy(buyer, other, offered))).toBe('account-frozen')
    // What was refused while it was frozen is certified now, and comes back when nobody claims it.
    await hub.clock.advance(2 * WINDOW_MS)
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: priceOf(part(wanted, 0, 2), hub.genesis) })
    expect(walletOf(buyer)).toMatchObject({ notice: '', reserved: 0n, pendingOut: 0n })
    expect((await buy(buyer, seller, part(wanted, 2))).failure).toBeUndefined()
  })

  it('of which neither gets its spend certified go on once a checkpoint declares the place void', async () => {
    buyer.crash()
    buyer = copy
    const { signed: rival } = await signReserve()
    hub.authorities.unreachable.add(0).add(1)
    await buy(buyer, seller, part(wanted, 0, 2))
    await votesOf(rival, [0, 1])
    hub.authorities.unreachable.clear()
    await buyer.peer.settle()
    expect(walletOf(buyer).notice).toContain('refuse')
    await hub.clock.advance(2 * WINDOW_MS)
    await settleAll(hub, seller, buyer)
    expect(chainOf(buyer)).toEqual(['open', 'collect'])
    expect(walletOf(buyer)).toMatchObject({ notice: '', reserved: 0n, pendingOut: 0n })
    expect((await buy(buyer, seller, part(wanted, 2))).failure).toBeUndefined()
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: priceOf(part(wanted, 2), hub.genesis) })
  })

  it('take up the spend for which enough authorities have voted', async () => {
    buyer.crash()
    buyer = copy
    const { signed: rival } = await signReserve()
    hub.authorities.unreachable.add(0).add(1).add(2)
    await buy(buyer, seller, part(wanted, 0, 2))
    await votesOf(rival, [0, 1, 2])
    hub.authorities.unreachable.clear()
    await buyer.peer.settle()
    const [newest] = await buyer.ledgerStore.listEntries()
    expect(newest).toMatchObject({ signed: { hash: rival.hash } })
    expect(newest?.certificateWire).toBeDefined()
    await hub.clock.advance(2 * WINDOW_MS)
    await settleAll(hub, seller, buyer)
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve', 'release'])
    expect(walletOf(buyer)).toMatchObject({ notice: '', reserved: 0n, pendingOut: 0n })
  })

  it('that both spend at one place are found out: one spend stands, and the account is frozen until a checkpoint', async () => {
    expect((await buy(buyer, seller, part(wanted, 0, 2))).failure).toBeUndefined()
    const other = await hub.addPeer()
    const offered = await share(other, texts(1))
    expect(await failureOf(buy(copy, other, offered))).toMatch(/conflicting-entry|account-frozen/)
    await hub.clock.settled()
    expect(await seller.ledgerStore.listForkProofs()).toHaveLength(1)
    expect(await failureOf(buy(buyer, other, offered))).toBe('account-frozen')
    expect(walletOf(buyer).notice).toContain('frozen')
    copy.crash()
    buyer.crash()

    // Nobody counted on the other spend, so the next checkpoint takes it for an accident.
    await hub.clock.advance(20_000)
    buyer = await startBuyer()
    expect(walletOf(buyer).notice).toBe('')
    expect(await buyer.ledgerStore.head()).toMatchObject({ frozen: false })
    await hub.clock.advance(WINDOW_MS)
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: priceOf(part(wanted, 0, 2), hub.genesis) })
  })
})
