import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import { payEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { createOwnAccount } from '../../../src/peer/own-account.ts'
import { createSettlement } from '../../../src/peer/settle.ts'
import type { PaymentRecord } from '../../../src/ports/ledger-store.ts'
import { ann, bob, genesis } from '../../support/ledger.ts'
import { clock as authorityClock, openAuthority, ten } from '../signaling/authority-fixture.ts'
import { certifierOf } from './certifier-fixture.ts'

const invoice = new Uint8Array(32)
const record = {
  direction: 'out',
  counterparty: bob.peerId,
  amount: ten,
  fromCredit: ten,
  invoice: '00',
  items: [],
  phase: 'certified',
  question: '',
  quoteWire: invoice,
  certificateWire: undefined,
  deliveryWire: undefined,
  ack: undefined,
} as const

describe.each([
  { clock: 'that is right', aheadMs: 0 },
  { clock: 'half a minute ahead', aheadMs: 30_000 },
  { clock: 'half a minute behind', aheadMs: -30_000 },
])('a payer with a clock $clock', ({ aheadMs }) => {
  const clock = { nowMs: () => authorityClock.atMs + aheadMs }
  const authority = () => openAuthority()
  let payer: ReturnType<typeof createPayer>

  function createPayer() {
    const ledger = authority()
    const ledgerStore = createMemoryLedgerStore()
    const components = { identity: ann, ledgerStore, certifier: certifierOf(ledger, ann), clock, genesis }
    const account = createOwnAccount(components, { onCertified: () => undefined })
    return { ledger, ledgerStore, account, settlement: createSettlement({ ...components, account }) }
  }

  beforeEach(async () => {
    payer = createPayer()
    await payer.account.prepare()
  })

  it('takes back what nobody claimed', async () => {
    const expiresAtMs = clock.nowMs() + genesis.paymentWindowMs
    await payer.account.write((state) => ({
      entry: payEntry(state, genesis, { to: bob.account, amount: ten, invoice, expiresAtMs }, clock.nowMs()),
      record: ({ hash, wire }): PaymentRecord => ({
        ...record,
        payment: hash,
        payWire: wire,
        createdAtMs: clock.nowMs(),
        expiresAtMs,
      }),
    }))
    authorityClock.atMs += genesis.paymentWindowMs + 60_000
    await payer.settlement.reclaim()
    expect(payer.ledger.totals()).toMatchObject({ pending: ZERO_TOKENS, conserved: true })
    expect(await payer.ledgerStore.listPayments({ phases: ['reclaimed'] })).toHaveLength(1)
  })
})
