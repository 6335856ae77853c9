import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
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

const WINDOW_MS = 60_000

let hub: PeerHub
let seller: HubPeer
let buyer: HubPeer
/** What happens at the seller before it opens a session. */
let onSession: () => void

beforeEach(async () => {
  onSession = () => undefined
  hub = await openPeerHub({ paymentWindowMs: WINDOW_MS, checkpointIntervalMs: 5_000 })
  seller = await hub.addPeer({
    intercept: (handlers) => ({
      async onSession(opening, from) {
        onSession()
        return handlers.onSession(opening, from)
      },
    }),
  })
  buyer = await hub.addPeer()
})
afterEach(() => hub.close())

describe('a session', () => {
  it('of a hundred contexts, asked for in several questions, makes three entries', async () => {
    const wanted = await share(seller, texts(100))
    for (let from = 0; from < 100; from += 10) {
      const { texts: bought } = await buy(buyer, seller, part(wanted, from, from + 10))
      expect(bought.size).toBe(10)
    }
    await settleAll(hub, seller, buyer)
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve', 'release'])
    expect(chainOf(seller)).toEqual(['open', 'collect', 'claim'])
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })

  it('holds an eighth of what can be spent, or what is needed if that is more', async () => {
    await withGrant('80', async (poorHub, [poor, first, second]) => {
      const little = await share(first, texts(1))
      const much = await share(second, texts(30, 300))
      await buy(poor, first, little)
      const reserved = () => walletOf(poor).reserved + walletOf(poor).pendingOut
      await poor.peer.settle()
      expect(reserved()).toBe(parseTokens('10'))
      const need = priceOf(much, poorHub.genesis)
      expect(need).toBeGreaterThan(parseTokens('10'))
      await buy(poor, second, much)
      await poor.peer.settle()
      expect(reserved()).toBe(parseTokens('10') + need)
    })
  })

  it('gets another reserve when the one before has too little left, and all are claimed together', async () => {
    await withGrant('80', async (poorHub, [poor, rich]) => {
      const wanted = await share(rich, texts(45, 300))
      for (let from = 0; from < 45; from += 15) await buy(poor, rich, part(wanted, from, from + 15))
      await settleAll(poorHub, rich, poor)
      const [reserve, release] = ['reserve', 'release']
      expect(chainOf(poor).slice(2)).toEqual([reserve, reserve, reserve, release, release, release])
      expect(chainOf(rich).slice(2)).toEqual(['claim'])
      await expectPaid(poorHub, { buyer: poor, seller: rich, paid: priceOf(wanted, poorHub.genesis) })
    })
  })

  it('goes on with another reserve once the payee has claimed the first', async () => {
    const wanted = await share(seller, texts(2))
    await buy(buyer, seller, part(wanted, 0, 1))
    // Claimed, but the payer has not heard of it.
    hub.fate = (_from, _to, call) => (call === 'gossip' ? 'is-lost' : 'passes')
    await seller.peer.claimEverything()
    expect((await buy(buyer, seller, part(wanted, 1))).texts.size).toBe(1)
    expect(chainOf(buyer).slice(2)).toContain('reserve')
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })

  it('goes on with another reserve when less than half of the first one’s time is left', async () => {
    const wanted = await share(seller, texts(2))
    await buy(buyer, seller, part(wanted, 0, 1))
    const opened: number[] = []
    onSession = () => opened.push(hub.clock.nowMs())
    await hub.clock.advance(WINDOW_MS * 0.15)
    await buy(buyer, seller, part(wanted, 1))
    expect(opened).toHaveLength(0)
    await hub.clock.advance(WINDOW_MS * 0.4)
    await buy(buyer, seller, part(wanted, 0, 1))
    expect(opened).toHaveLength(1)
    expect(chainOf(buyer).filter((kind) => kind === 'reserve')).toHaveLength(2)
  })

  it('is opened again after a restart, with the reserve that is there', async () => {
    const wanted = await share(seller, texts(2))
    await buy(buyer, seller, part(wanted, 0, 1))
    buyer.crash()
    buyer = await hub.addPeer({ profile: buyer })
    await buy(buyer, seller, part(wanted, 1))
    await settleAll(hub, seller, buyer)
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve', 'release'])
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })
})

describe('a payee that refuses', () => {
  it('reserve after reserve gets no third one', async () => {
    const wanted = await share(seller, texts(1))
    onSession = () => {
      throw new LoremeshError('already-claimed', 'Another one, please')
    }
    expect(await failureOf(buy(buyer, seller, wanted))).toBe('already-claimed')
    expect(await failureOf(buy(buyer, seller, wanted))).toBe('not-ready')
    expect(await failureOf(buy(buyer, seller, wanted))).toBe('not-ready')
    expect(chainOf(buyer).filter((kind) => kind === 'reserve')).toHaveLength(2)
    await hub.clock.advance(WINDOW_MS + 30_000)
    await buyer.peer.settle()
    expect(walletOf(buyer)).toMatchObject({ credit: hub.genesis.starterGrant, reserved: 0n })
  })

  it('a request, not the reserve, is asked again with the same reserve', async () => {
    await share(seller, texts(1))
    const [unshared] = await share(await hub.addPeer(), texts(2, 300))
    if (unshared === undefined) throw new Error('nothing is shared')
    expect(await failureOf(buy(buyer, seller, new Map([unshared])))).toBe('not-found')
    expect(chainOf(buyer).filter((kind) => kind === 'reserve')).toHaveLength(1)
  })
})

describe('vouchers', () => {
  let wanted: Wanted

  beforeEach(async () => {
    wanted = await share(seller, texts(2))
    hub.fate = (_from, _to, call) => (call === 'voucher' ? 'is-lost' : 'passes')
    await buy(buyer, seller, part(wanted, 0, 1))
    expect(walletOf(seller).pendingIn).toBe(0n)
    hub.fate = () => 'passes'
  })

  it('that got lost are repeated when the session is opened again', async () => {
    buyer.crash()
    buyer = await hub.addPeer({ profile: buyer })
    await buy(buyer, seller, part(wanted, 1))
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
  })

  it('that got lost are repeated when the payee is met again', async () => {
    await buyer.peer.buyer.meetAgain(seller.identity.peerId)
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: priceOf(part(wanted, 0, 1), hub.genesis) })
  })
})

it('a payer restored from a backup does not use a reserve for which the payee has a newer voucher', async () => {
  const wanted = await share(seller, texts(3))
  await buy(buyer, seller, part(wanted, 0, 1))
  const backup = { ...buyer, ledgerStore: await copyLedgerStore(buyer.ledgerStore) }
  await buy(buyer, seller, part(wanted, 1, 2))
  buyer.crash()
  buyer = await hub.addPeer({ profile: backup })
  await buy(buyer, seller, part(wanted, 2))
  expect(chainOf(buyer).filter((kind) => kind === 'reserve')).toHaveLength(2)
  await settleAll(hub, seller, buyer)
  await expectPaid(hub, { buyer, seller, paid: priceOf(wanted, hub.genesis) })
})

it('says before it that a reserve is being made, and only then', async () => {
  const wanted = await share(seller, texts(2))
  const stages: string[] = []
  const onStage = (stage: string) => stages.push(stage)
  await buy(buyer, seller, part(wanted, 0, 1), { onStage })
  await buy(buyer, seller, part(wanted, 1), { onStage })
  expect(stages).toEqual(['paying', 'fetching', 'fetching'])
})

it('a payer without enough tokens is told so', async () => {
  await withGrant('0.001', async (_hub, [poor, rich]) => {
    expect(await failureOf(buy(poor, rich, await share(rich, texts(1))))).toBe('insufficient-balance')
    expect(chainOf(poor)).toEqual(['open', 'collect'])
  })
})

/** Runs a test among three peers of a network with another starter grant. */
async function withGrant(
  tokens: string,
  run: (poorHub: PeerHub, peers: readonly [HubPeer, HubPeer, HubPeer]) => Promise<void>,
): Promise<void> {
  const poorHub = await openPeerHub({ starterGrant: parseTokens(tokens) })
  await run(poorHub, [await poorHub.addPeer(), await poorHub.addPeer(), await poorHub.addPeer()])
  await poorHub.close()
}
