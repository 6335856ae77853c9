import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { parseTokens, toMicroTokens, type MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { createWalletView } from '../../../src/peer/wallet.ts'
import { bob } from '../../support/ledger.ts'
import { sampleQuote } from '../../support/ledger-samples.ts'
import { createWalletChain, type WalletChain } from '../../support/wallet-chain.ts'
import { valueOf } from '../../support/value-of.ts'

const ten = parseTokens('10')
const four = parseTokens('4')

describe('what can be spent', () => {
  it('is without what comes until that is certified', async () => {
    const chain = createWalletChain()
    await chain.open()
    await chain.collect()
    expect(await chain.shown()).toMatchObject({ credit: 0n, pendingIn: parseTokens('1000') })
    await chain.certify()
    expect(await chain.shown()).toMatchObject({ credit: parseTokens('1000'), pendingIn: 0n })
  })

  it('lacks a payment from the moment that it is signed, and has it again once its return is certified', async () => {
    const chain = await funded()
    const payment = await chain.pay(ten)
    expect(await chain.shown()).toMatchObject({ credit: parseTokens('990'), pendingOut: ten })
    await chain.certify()
    await chain.lapse(payment)
    expect(await chain.shown()).toMatchObject({ pendingOut: 0n, reserved: ten })
    await chain.takeBack(payment)
    expect(await chain.shown()).toMatchObject({ credit: parseTokens('990'), reserved: 0n, pendingIn: ten })
    await chain.certify()
    expect(await chain.shown()).toMatchObject({ credit: parseTokens('1000'), reserved: 0n, pendingIn: 0n })
  })

  it('lacks a reserve, of which a voucher makes a part owed, and gets back what nobody claimed', async () => {
    const chain = await funded()
    const reserve = await chain.reserve(ten)
    await chain.certify()
    expect(await chain.shown()).toMatchObject({ reserved: ten, pendingOut: 0n })
    await chain.vouch(reserve, four)
    expect(await chain.shown()).toMatchObject({ reserved: parseTokens('6'), pendingOut: four })
    await chain.claimed(reserve)
    expect(await chain.shown()).toMatchObject({ reserved: parseTokens('6'), pendingOut: 0n })
    await chain.takeBack(reserve)
    await chain.certify()
    expect(await chain.shown()).toMatchObject({ reserved: 0n, credit: parseTokens('996') })
  })

  it('grows by what was earned once the claim is certified; until then that is on its way, and told once', async () => {
    const chain = await funded()
    await chain.earn(ten)
    const waiting = await chain.shown()
    expect(waiting).toMatchObject({
      pendingIn: ten,
      incoming: [{ kind: 'incoming', seq: null, after: null }],
    })
    await chain.claim()
    expect(await chain.shown()).toMatchObject({
      pendingIn: ten,
      incoming: [],
      entries: [{ kind: 'claim', change: 0n }, {}, {}],
    })
    await chain.certify()
    expect(await chain.shown()).toMatchObject({ pendingIn: 0n, credit: parseTokens('1010') })
  })
})

describe('a line', () => {
  it('says since when it is certain', async () => {
    const chain = createWalletChain({ checkpointedSeq: 0 })
    await chain.open()
    await chain.collect()
    await chain.certify()
    await chain.reserve(ten)
    expect((await chain.shown()).entries.map(({ state }) => state)).toEqual([
      'pending',
      'certified',
      'checkpointed',
    ])
  })

  it('names the deliveries, their question, and what became of it', async () => {
    const chain = await funded()
    const reserve = await chain.reserve(ten)
    await chain.certify()
    await chain.buy(reserve, 'How do bees dance?')
    const { price } = sampleQuote().quote
    const [line] = (await chain.shown()).entries
    expect(line).toMatchObject({
      kind: 'reserve',
      counterparty: bob.peerId,
      phase: 'certified',
      purchases: [{ question: 'How do bees dance?', paid: price, direction: 'out' }],
    })
    expect(line?.reason).toMatch(/: 0\.\d+ tokens bought 2 passages \(0\.0 KB\) for “How do bees dance\?”/)
    expect(JSON.parse(line?.purchases[0]?.receipt ?? '')).toMatchObject({
      format: 'loremesh-receipt/2',
      kind: 'reserve',
    })
  })

  it('keeps a receipt until its delivery has changed', async () => {
    const chain = await funded()
    const reserve = await chain.reserve(ten)
    await chain.buy(reserve, '')
    const delivery = async () => (await chain.shown()).entries[0]?.purchases[0]
    const first = await delivery()
    expect(await delivery()).toBe(first)
    await chain.certify()
    expect(await delivery()).not.toBe(first)
  })

  it('shows what decayed since the entry before it, apart from what it brings', async () => {
    const chain = await funded()
    await chain.endow(parseTokens('100000'))
    await chain.pay(ten)
    await chain.nextDay()
    await chain.pay(ten)
    const [line] = (await chain.shown()).entries
    expect(line?.decayed).toBeGreaterThan(0n)
    expect(line?.change).toBe(0n - ten - (line?.decayed ?? 0n))
  })

  it('stands for the entries that are no longer kept', async () => {
    const chain = await funded()
    for (let at = 0; at < 4; at++) {
      await chain.pay(ten)
      await chain.certify()
    }
    await chain.prune(2)
    const { entries, credit, pendingOut } = await chain.shown()
    expect(entries.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['pay', 5],
      ['earlier', 4],
    ])
    expect(credit).toBe(parseTokens('960'))
    expect(pendingOut).toBe(parseTokens('40'))
    expect(entries[1]?.shares).toMatchObject({ credit: parseTokens('970'), pendingOut: parseTokens('30') })
  })
})

const acts: readonly ((chain: WalletChain, size: MicroTokens) => Promise<unknown>)[] = [
  (chain, size) => chain.pay(size),
  (chain, size) => chain.reserve(size),
  (chain, size) => chain.earn(size),
  async (chain) => {
    await chain.certify()
    if (await chain.hasIncoming()) await chain.claim()
  },
  async (chain, size) => {
    const reserve = await chain.openPayment('reserve')
    if (reserve !== undefined) await chain.vouch(reserve, size)
  },
  async (chain) => {
    const reserve = await chain.openPayment('reserve')
    if (reserve !== undefined) await chain.claimed(reserve)
  },
  async (chain) => {
    const payment = (await chain.openPayment('pay')) ?? (await chain.openPayment('reserve'))
    if (payment !== undefined) await chain.lapse(payment)
  },
  async (chain) => {
    await chain.certify()
    const payment = await chain.returnable()
    if (payment !== undefined) await chain.takeBack(payment)
  },
  (chain) => chain.nextDay(),
  (chain, size) => chain.prune(1 + Number(size % 5n)),
]

it('leads from every amount to the lines that make it up, whatever has happened', async () => {
  const act = fc.record({
    what: fc.constantFrom(...acts),
    size: fc.bigInt({ min: 1n, max: 20_000_000n }),
    isCertified: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (steps) => {
      const chain = await funded()
      await chain.endow(parseTokens('100000'))
      for (const { what, size, isCertified } of steps) {
        await what(chain, toMicroTokens(size))
        if (isCertified) await chain.certify()
        const { entries, incoming, ...amounts } = await chain.shown()
        const lines = [...incoming, ...entries]
        for (const name of ['balance', 'credit', 'reserved', 'pendingOut', 'pendingIn'] as const) {
          expect(lines.reduce((sum, { shares }) => sum + shares[name], 0n)).toBe(amounts[name])
        }
        const spendable = amounts.balance + amounts.credit
        expect(entries.reduce((sum, { change }) => sum + change, 0n)).toBe(spendable)
        expect(entries[0]?.after).toBe(spendable)
        if (await chain.isCertified()) {
          const state = chain.state()
          expect([amounts.balance, amounts.credit]).toEqual([state.balance, state.credit])
          // What is locked or paid out is reserved, owed, or claimed and therefore gone.
          expect(amounts.reserved + amounts.pendingOut + (await chain.claimedOfReserves())).toBe(
            state.locked + (await chain.paidOut()),
          )
        }
      }
    }),
    { numRuns: 60 },
  )
})

it('is read once at a time, so that what is shown last is the newest', async () => {
  const ledgerStore = createMemoryLedgerStore()
  const { totals } = ledgerStore
  const pending: (() => void)[] = []
  let readings = 0
  ledgerStore.totals = async () => {
    readings += 1
    const contextsFetched = readings
    await new Promise<void>((resolve) => pending.push(resolve))
    return { ...(await totals()), contextsFetched }
  }
  const wallet = createWalletView({ ledgerStore }, { notices: [], checkpointedSeq: () => -1 })
  const first = wallet.refresh()
  await expect.poll(() => pending.length).toBe(1)
  const later = Promise.all([wallet.refresh(), wallet.refresh()])
  pending.shift()?.()
  await first
  expect(valueOf(wallet.state).contextsFetched).toBe(1)
  await expect.poll(() => pending.length).toBe(1)
  pending.shift()?.()
  await later
  expect(valueOf(wallet.state).contextsFetched).toBe(2)
  expect(readings).toBe(2)
})

it('says the first notice that there is', () => {
  const [failure, waiting] = [createWritable(''), createWritable('Payments wait')]
  const { state } = createWalletView(
    { ledgerStore: createMemoryLedgerStore() },
    { notices: [failure, waiting], checkpointedSeq: () => -1 },
  )
  expect(valueOf(state).notice).toBe('Payments wait')
  failure.set('The wallet failed')
  expect(valueOf(state).notice).toBe('The wallet failed')
})

async function funded(): Promise<WalletChain> {
  const chain = createWalletChain()
  await chain.open()
  await chain.collect()
  await chain.certify()
  return chain
}
