import { beforeEach, describe, expect, it } from 'vitest'
import { bytesToHexText } from '../../../../src/domain/kernel/bytes.ts'
import type { Payment } from '../../../../src/domain/ledger/account-state.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { holdForVoid } from '../../../../signaling/authority/void-hold.ts'
import { forkOf } from '../../../support/slot-entries.ts'
import type { NetworkHolder } from './network-holder.ts'
import { INTERVAL_MS, openThreeHolders, WINDOW_MS, type ThreeHolders } from './three-holders.ts'

/** After the end of a payment: a window, until who has voted for its claim proposes, until others do, rounds that fail. */
const LONG_ENOUGH_MS = WINDOW_MS + 12 * INTERVAL_MS

let network: ThreeHolders['network']
let payer: NetworkHolder
let payee: NetworkHolder
let other: NetworkHolder
let during: ThreeHolders['during']
let stated: ThreeHolders['stated']
let report: ThreeHolders['report']

beforeEach(async () => {
  ;({ network, payer, payee, other, during, stated, report } = await openThreeHolders())
})

async function stateOf(payment: Payment): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    network.authorities
      .filter((authority) => authority.isRunning())
      .map(async ({ store }) => (await store.payment(payment.hash))?.state),
  )
}

/** What an account holds according to those that run. */
async function heldBy(holder: NetworkHolder): Promise<ReadonlySet<bigint>> {
  const { account } = holder.identity
  const running = network.authorities.filter((authority) => authority.isRunning())
  const states = running.map(({ store }) =>
    store.shardOf(account).transaction((transaction) => transaction.account(account)),
  )
  return new Set((await Promise.all(states)).map((state) => (state ? state.balance + state.credit : -1n)))
}

function expectNobodyPunished(): void {
  for (const type of ['freeze', 'thaw', 'slash', 'ban', 'reputation'] as const) {
    expect(stated(type)).toEqual([])
  }
  expect(network.failures).toEqual([])
}

describe('a claim that never becomes certified', { timeout: 60_000 }, () => {
  it('of a payee who vanished gives its payer everything back, also while an authority is away', async () => {
    const [before] = await heldBy(payer)
    const payment = await during(1_000, payer.pay(payee))
    const claim = payee.signClaim(payment, payer)
    await payee.askVotes(claim, [0])
    network.authorities[3]?.crash()
    await network.clock.pass(WINDOW_MS + LONG_ENOUGH_MS)
    expect(stated('void')).toEqual([{ type: 'void', account: payee.identity.account, seq: claim.entry.seq }])
    expect(await stateOf(payment)).toEqual(['lapsed', 'lapsed', 'lapsed'])
    await during(1_000, payer.reclaim(payment))
    await network.clock.pass(INTERVAL_MS)
    expect(await heldBy(payer)).toEqual(new Set([before]))
    expect(await payee.refusals(claim, [0, 1, 2])).toEqual(['void-place', 'void-place', 'void-place'])
    expectNobodyPunished()
  })

  it('because another one was signed for the same place lets both payments lapse, and the payee write on', async () => {
    const [one, two] = [await during(500, payer.pay(payee)), await during(500, payer.pay(payee))]
    await payee.askVotes(payee.signClaim(one, payer), [0, 1])
    await payee.askVotes(payee.signClaim(two, payer), [2, 3])
    await network.clock.pass(WINDOW_MS + LONG_ENOUGH_MS)
    expect(stated('void')).toHaveLength(1)
    for (const payment of [one, two]) expect(new Set(await stateOf(payment))).toEqual(new Set(['lapsed']))
    await during(1_000, payer.reclaim(one))
    await during(1_000, payer.reclaim(two))
    const paid = await during(1_000, payee.pay(other))
    await network.clock.pass(INTERVAL_MS)
    expect(new Set(await stateOf(paid))).toEqual(new Set(['open']))
    expectNobodyPunished()
  })

  it('because a spend was signed at its place frees the place of both, and is no fraud afterwards', async () => {
    const payment = await during(500, payer.pay(payee))
    const [claim, spend] = [payee.signClaim(payment, payer), payee.signPay(other)]
    await payee.askVotes(claim, [0, 1])
    await payee.askVotes(spend, [2, 3])
    await network.clock.pass(WINDOW_MS + LONG_ENOUGH_MS)
    expect(stated('void')).toHaveLength(1)
    expect(new Set(await stateOf(payment))).toEqual(new Set(['lapsed']))
    expect(await payee.refusals(spend, [0, 1, 2, 3])).toEqual(Array(4).fill('void-place'))
    const again = payee.signPay(other)
    await during(1_000, payee.pay(other))
    await report(forkOf(spend, again))
    await during(1_000, payee.pay(other))
    expectNobodyPunished()
  })
})

describe('a place is not void', { timeout: 60_000 }, () => {
  it('while a payment that was certified there in hiding can be claimed', async () => {
    const lost = await during(500, payer.pay(payee))
    await payee.askVotes(payee.signClaim(lost, payer), [3])
    // The payee signs it later than the claim, so that it can be claimed when the claim seems abandoned.
    await network.clock.pass(WINDOW_MS - INTERVAL_MS)
    const spend = payee.signPay(other)
    const hidden = await payee.askVotes(spend, [0, 1, 2])
    // Without it the payment can't lapse, and the others agree to everything that may be stated.
    network.authorities[0]?.crash()
    await network.clock.pass(2 * WINDOW_MS)
    expect(stated('void')).toEqual([])
    await during(2_000, Promise.resolve(network.authorities[0]?.start()))
    await payee.show(spend, hidden, 1)
    await network.clock.pass(LONG_ENOUGH_MS)
    expect(stated('void')).toEqual([])
    for (const { store } of network.authorities) {
      expect(bytesToHexText((await entryAt(store, spend)) ?? new Uint8Array())).toBe(
        bytesToHexText(spend.wire),
      )
    }
    expectNobodyPunished()
  })

  it('where a claim stands whose certificate one authority has', async () => {
    const payment = await during(500, payer.pay(payee))
    const claim = payee.signClaim(payment, payer)
    const certificate = await payee.askVotes(claim, [0, 1, 2])
    network.split([0, 1, 2, 3])
    await payee.show(claim, certificate, 2)
    await network.clock.pass(WINDOW_MS + LONG_ENOUGH_MS)
    network.split([0, 0, 0, 0])
    await network.clock.pass(LONG_ENOUGH_MS)
    expect(stated('void')).toEqual([])
    expect(new Set(await stateOf(payment))).toEqual(new Set(['claimed']))
    expectNobodyPunished()
  })

  it('right after all authorities were away, so that a payee who could not ask them can do so', async () => {
    const payment = await during(500, payer.pay(payee))
    const claim = payee.signClaim(payment, payer)
    // All give their votes, but the answers do not arrive.
    await payee.askVotes(claim, [0, 1, 2, 3])
    await network.clock.pass(2 * INTERVAL_MS)
    for (const authority of network.authorities) authority.crash()
    await network.clock.pass(3 * WINDOW_MS)
    const before = network.headers.size
    const started = network.authorities.map((authority) => authority.start())
    while (network.headers.size === before) await network.clock.pass(250)
    await Promise.all(started)
    await network.clock.pass(2_000)
    expect(network.headers.size).toBe(before + 1)
    expect(stated('void')).toEqual([])
    const certificate = await payee.askVotes(claim, [0, 1, 2, 3])
    await payee.show(claim, certificate, 0)
    await network.clock.pass(LONG_ENOUGH_MS)
    expect(new Set(await stateOf(payment))).toEqual(new Set(['claimed']))
    expect(stated('void')).toEqual([])
  })

  async function entryAt(
    store: ThreeHolders['network']['authorities'][number]['store'],
    { entry }: SignedEntry,
  ): Promise<Uint8Array | undefined> {
    const [found] = await store
      .shardOf(entry.account)
      .transaction((transaction) => transaction.entries(entry.account, entry.seq, 1))
    return found?.signed.wire
  }
})

it('an authority that had agreed to a void place follows others who decided that it is not', async () => {
  const { account } = payer.identity
  const [first] = network.authorities
  if (first === undefined) throw new Error('There is no authority')
  const height = network.headers.size + 1
  const isHeld = await first.store
    .shardOf(account)
    .transaction((transaction) =>
      holdForVoid(transaction, { account, seq: 2 }, { height, votedBeforeMs: Number.POSITIVE_INFINITY }),
    )
  expect(isHeld).toBe(true)
  const payment = await during(1_000, payer.pay(payee))
  expect(await first.store.payment(payment.hash)).toBeUndefined()
  await network.clock.pass(3 * INTERVAL_MS)
  expect(await stateOf(payment)).toEqual(['open', 'open', 'open', 'open'])
  const newest = await Promise.all(
    network.authorities.map(({ store }) => store.home.transaction((home) => home.newestCheckpoint())),
  )
  expect(new Set(newest.map((checkpoint) => checkpoint?.height)).size).toBe(1)
})
