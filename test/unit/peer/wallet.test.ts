import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { collectEntry, openEntry, payEntry, reclaimEntry } from '../../../src/domain/ledger/entry-builders.ts'
import type { Entry } from '../../../src/domain/ledger/entry.ts'
import { createWalletView, type WalletView } from '../../../src/peer/wallet.ts'
import { ann, bob, createTestLedger, genesis, START_MS, starterGrant } from '../../support/ledger.ts'
import { valueOf } from '../../support/value-of.ts'

describe('the balance', () => {
  let ledger: ReturnType<typeof createTestLedger>
  let wallet: WalletView
  let write: (entry: Entry) => Promise<void>
  let certifyLast: () => Promise<void>

  beforeEach(async () => {
    ledger = createTestLedger()
    const ledgerStore = createMemoryLedgerStore()
    wallet = createWalletView({ ledgerStore }, { notices: [] })
    write = async (entry) => {
      const before = await ledgerStore.head()
      const signed = ledger.write(ann, entry)
      await ledgerStore.append(signed, ledger.state(ann), before?.head)
    }
    certifyLast = async () => {
      for (const { hash } of await ledgerStore.listUncertified()) {
        await ledgerStore.putCertificate(hash, new Uint8Array(1))
      }
    }
    await write(openEntry(ann.account, genesis, START_MS))
    await certifyLast()
    await write(collectEntry(ledger.state(ann), genesis, starterGrant(ann.account), START_MS))
  })

  const shown = async () => {
    await wallet.refresh()
    return valueOf(wallet.state).credit
  }
  const payment = () =>
    payEntry(
      ledger.state(ann),
      genesis,
      {
        to: bob.account,
        amount: parseTokens('12'),
        invoice: new Uint8Array(32),
        expiresAtMs: START_MS + genesis.paymentWindowMs,
      },
      START_MS,
    )

  it('leaves out what is not certified yet', async () => {
    expect(await shown()).toBe(0n)
    await certifyLast()
    expect(await shown()).toBe(parseTokens('1000'))
  })

  it('lacks a payment from the moment that it is signed, and has it again once the return is certified', async () => {
    await certifyLast()
    await write(payment())
    expect(await shown()).toBe(parseTokens('988'))
    await certifyLast()
    const [made] = ledger.payments.values()
    if (made === undefined) throw new Error('There is no payment')
    await write(reclaimEntry(ledger.state(ann), genesis, made, made.expiresAtMs))
    expect(await shown()).toBe(parseTokens('988'))
    await certifyLast()
    expect(await shown()).toBe(parseTokens('1000'))
  })
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
  const wallet = createWalletView({ ledgerStore }, { notices: [] })
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
    { notices: [failure, waiting] },
  )
  expect(valueOf(state).notice).toBe('Payments wait')
  failure.set('The wallet failed')
  expect(valueOf(state).notice).toBe('The wallet failed')
})
