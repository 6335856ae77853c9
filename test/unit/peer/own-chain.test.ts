import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { parseTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { reserveEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { stateAfter } from '../../../src/domain/ledger/state-after.ts'
import { recordOf } from '../../../src/peer/payment-books.ts'
import { copyLedgerStore, openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
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

it('an entry whose certificate got lost on its way to the authorities is shown to them again', async () => {
  const head = await buyer.ledgerStore.head()
  if (head === undefined) throw new Error('The account is not open')
  const { genesis, clock } = hub
  const lookup = {
    genesis,
    payment: () => undefined,
    checkpoint: () => ({ timeMs: genesis.createdAtMs }),
    slashed: () => ZERO_TOKENS,
  }
  const terms = {
    to: seller.identity.account,
    cap: parseTokens('50'),
    expiresAtMs: clock.nowMs() + WINDOW_MS,
  }
  const entry = reserveEntry(head, terms, { timestampMs: clock.nowMs(), checkpoint: 0 }, lookup)
  const signed = signEntry(buyer.identity, entry)
  const votes = await Promise.all(
    hub.authorities.authorities.slice(1).map((authority) => authority.vote(signed.wire)),
  )
  const certificateWire = encodeCertificate(createCertificate(signed, votes))
  buyer.crash()
  const record = recordOf(signed, clock.nowMs())
  if (record === undefined) throw new Error('This is no reserve')
  await buyer.ledgerStore.append(signed, stateAfter(signed, head), head.head, {
    ...record,
    phase: 'certified',
    certificateWire,
  })
  await buyer.ledgerStore.putCertificate(signed.hash, certificateWire)

  buyer = await startBuyer()
  await buy(buyer, seller, wanted)
  await settleAll(hub, seller, buyer)
  expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve', 'release'])
  await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
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
