import { createMemoryLedgerStore } from '../../src/adapters/storage-memory/memory-ledger-store.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import {
  sumTokens,
  toMicroTokens,
  ZERO_TOKENS,
  type MicroTokens,
} from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
  releaseEntry,
  reserveEntry,
} from '../../src/domain/ledger/entry-builders.ts'
import type { Entry, EntryHash } from '../../src/domain/ledger/entry.ts'
import { signQuote } from '../../src/domain/ledger/quote.ts'
import { recordOf } from '../../src/peer/payment-books.ts'
import type { WalletState } from '../../src/peer/peer.ts'
import { createWalletView } from '../../src/peer/wallet.ts'
import type { PaymentPhase, PaymentRecord } from '../../src/ports/ledger-store.ts'
import { ann, bob, createTestLedger, genesis, START_MS, starterGrant, voucherFor } from './ledger.ts'
import { sampleQuote } from './ledger-samples.ts'
import { valueOf } from './value-of.ts'

const DAY_MS = 86_400_000

/** Ann's chain in a ledger store, as her peer writes it, and the wallet that is read from there. Bob is the other side. */
export interface WalletChain {
  open(): Promise<void>
  collect(): Promise<void>
  /** Gives Ann free tokens, by a claim of what Bob was given. */
  endow(amount: MicroTokens): Promise<void>
  pay(amount: MicroTokens): Promise<EntryHash>
  reserve(cap: MicroTokens): Promise<EntryHash>
  /** Raises what Ann vouched for of a reserve, up to what it holds. */
  vouch(reserve: EntryHash, by: MicroTokens): Promise<void>
  /** Buys the sample's contexts and vouches for their price. */
  buy(reserve: EntryHash, question: string): Promise<void>
  /** Bob has claimed a reserve. */
  claimed(reserve: EntryHash): Promise<void>
  lapse(payment: EntryHash): Promise<void>
  takeBack(payment: EntryHash): Promise<void>
  /** Bob pays Ann from a reserve. */
  earn(amount: MicroTokens): Promise<void>
  claim(): Promise<void>
  /** Certifies every entry. */
  certify(): Promise<void>
  /** A day passes, and with it the time to claim anything. */
  nextDay(): Promise<void>
  prune(entries: number): Promise<void>
  shown(): Promise<WalletState>
  state(): AccountState
  isCertified(): Promise<boolean>
  hasIncoming(): Promise<boolean>
  /** An own payment that Bob can still claim. */
  openPayment(kind: Payment['kind']): Promise<EntryHash | undefined>
  /** An own payment that can be taken back. */
  returnable(): Promise<EntryHash | undefined>
  /** Sum of the own payments that are open or lapsed. */
  paidOut(): Promise<bigint>
  /** Claimed parts of own reserves that are still locked. */
  claimedOfReserves(): Promise<bigint>
}

/** Creates a chain without entries. */
export function createWalletChain({ checkpointedSeq = -1 } = {}): WalletChain {
  const ledger = createTestLedger()
  const store = createMemoryLedgerStore()
  const wallet = createWalletView(
    { ledgerStore: store },
    { notices: [], checkpointedSeq: () => checkpointedSeq },
  )
  let nowMs = START_MS
  let deliveries = 0
  ledger.fund(bob)

  /** What comes is never followed by another entry before it is certified. */
  async function write(build: () => Entry): Promise<EntryHash> {
    await certify()
    const entry = build()
    const before = await store.head()
    const signed = ledger.write(ann, entry)
    await store.append(signed, ledger.state(ann), before?.head, recordOf(signed, nowMs))
    return signed.hash
  }

  async function certify(): Promise<void> {
    for (const { hash, entry } of await store.listUncertified()) {
      const certificateWire = new Uint8Array(1)
      await store.putCertificate(hash, certificateWire)
      const made = await store.getPayment(hash)
      if (made?.phase === 'signed') await store.putPayment({ ...made, phase: 'certified', certificateWire })
      const { operation } = entry
      if (operation.type === 'claim')
        for (const source of operation.sources) await setPhase(source, 'claimed')
      if (operation.type === 'reclaim') await setPhase(operation.payment, 'returned')
      if (operation.type === 'release') await setPhase(operation.reserve, 'returned')
    }
  }

  async function recordFor(payment: EntryHash): Promise<PaymentRecord> {
    const record = await store.getPayment(payment)
    if (record === undefined) throw new Error('There is no such payment')
    return record
  }

  async function setPhase(payment: EntryHash, phase: PaymentPhase): Promise<void> {
    await store.putPayment({ ...(await recordFor(payment)), phase })
  }

  function paymentOf(hash: EntryHash): Payment {
    const payment = ledger.payments.get(hash)
    if (payment === undefined) throw new Error('The ledger knows no such payment')
    return payment
  }

  /** Notes what Bob owes Ann. */
  async function receive(payment: Payment, payer: Identity, counterparty: PeerId): Promise<void> {
    await store.putPayment({
      payment: payment.hash,
      kind: payment.kind,
      direction: 'in',
      counterparty,
      amount: payment.amount,
      fromCredit: payment.fromCredit,
      createdAtMs: nowMs,
      expiresAtMs: payment.expiresAtMs,
      phase: 'certified',
      entryWire: new Uint8Array(1),
      certificateWire: new Uint8Array(1),
      voucher: voucherFor({ payment, payer }),
      usedAtMs: nowMs,
    })
  }

  const incoming = () => store.listPayments({ direction: 'in', phases: ['certified'] })

  async function claim(): Promise<void> {
    const records = await incoming()
    const claims = records.flatMap(({ payment, voucher }) =>
      voucher === undefined ? [] : [{ payment: paymentOf(payment), voucher }],
    )
    await write(() => claimEntry(ledger.state(ann), claims, ledger.at(nowMs), ledger))
  }

  const own = (...phases: readonly PaymentPhase[]) => store.listPayments({ direction: 'out', phases })
  const expiresAtMs = () => nowMs + genesis.paymentWindowMs

  return {
    state: () => ledger.state(ann),
    certify,
    claim,
    async open() {
      await write(() => openEntry(ann.account, ledger.at(nowMs), ledger))
    },
    async collect() {
      await write(() => collectEntry(ledger.state(ann), starterGrant(ann.account), ledger.at(nowMs), ledger))
    },
    async endow(amount) {
      ledger.endow(bob, amount)
      const all = sumTokens([amount, ledger.state(bob).credit])
      await receive(ledger.reserve(bob, ann, all, nowMs), bob, bob.peerId)
      await claim()
      await certify()
    },
    pay(amount) {
      const terms = { to: bob.account, amount, invoice: new Uint8Array(32) }
      return write(() =>
        payEntry(ledger.state(ann), { ...terms, expiresAtMs: expiresAtMs() }, ledger.at(nowMs), ledger),
      )
    },
    reserve(cap) {
      const terms = { to: bob.account, cap }
      return write(() =>
        reserveEntry(ledger.state(ann), { ...terms, expiresAtMs: expiresAtMs() }, ledger.at(nowMs), ledger),
      )
    },
    async vouch(reserve, by) {
      const record = await recordFor(reserve)
      const wanted = sumTokens([record.voucher?.amount ?? ZERO_TOKENS, by])
      const amount = wanted > record.amount ? record.amount : wanted
      await store.putPayment({
        ...record,
        voucher: voucherFor({ payment: paymentOf(reserve), payer: ann, amount }),
      })
    },
    async buy(reserve, question) {
      deliveries += 1
      const { quote } = sampleQuote()
      const { invoice, wire } = signQuote(bob, {
        ...quote,
        nonce: new Uint8Array(16).fill(deliveries),
      })
      const voucher = voucherFor({ payment: paymentOf(reserve), payer: ann, amount: quote.price })
      await store.putPurchase(
        {
          invoice: bytesToHexText(invoice),
          payment: reserve,
          direction: 'out',
          counterparty: bob.peerId,
          items: quote.items,
          price: quote.price,
          paid: quote.price,
          voucher,
          createdAtMs: nowMs,
          question,
          quoteWire: wire,
          deliveryWire: undefined,
        },
        { ...(await recordFor(reserve)), voucher },
      )
    },
    async claimed(reserve) {
      const { voucher } = await recordFor(reserve)
      if (voucher?.amount === undefined) return
      ledger.claim(bob, [{ payment: paymentOf(reserve), payer: ann, amount: voucher.amount }], nowMs)
      await setPhase(reserve, 'claimed')
    },
    async lapse(payment) {
      ledger.lapse(paymentOf(payment))
      await setPhase(payment, 'lapsed')
    },
    async takeBack(payment) {
      const taken = paymentOf(payment)
      await write(() =>
        taken.kind === 'pay'
          ? reclaimEntry(ledger.state(ann), taken, ledger.at(nowMs), ledger)
          : releaseEntry(ledger.state(ann), taken, ledger.at(nowMs), ledger),
      )
    },
    async earn(amount) {
      if (ledger.state(bob).credit + ledger.state(bob).balance < amount) ledger.endow(bob, amount)
      await receive(ledger.reserve(bob, ann, amount, nowMs), bob, bob.peerId)
    },
    async nextDay() {
      for (const { payment } of await store.listPayments({ phases: ['signed', 'certified'] })) {
        // One that a waiting entry claims is settled once that entry is certified.
        if (paymentOf(payment).state !== 'open') continue
        ledger.lapse(paymentOf(payment))
        await setPhase(payment, 'lapsed')
      }
      nowMs += DAY_MS
      ledger.addCheckpoint(nowMs)
    },
    async prune(entries) {
      await store.prune({ entries, purchases: 100 })
    },
    async shown() {
      await wallet.refresh()
      return valueOf(wallet.state)
    },
    isCertified: async () => (await store.listUncertified()).length === 0,
    hasIncoming: async () => (await incoming()).length > 0,
    openPayment: async (kind) => (await own('certified')).find((one) => one.kind === kind)?.payment,
    async returnable() {
      const settled = await own('lapsed', 'claimed')
      return settled.find(({ kind, phase }) => kind === 'reserve' || phase === 'lapsed')?.payment
    },
    async paidOut() {
      const open = await own('signed', 'certified', 'lapsed')
      return sumTokens(open.filter(({ kind }) => kind === 'pay').map(({ amount }) => amount))
    },
    async claimedOfReserves() {
      const claimed = await own('claimed')
      return toMicroTokens(claimed.reduce((sum, { voucher }) => sum + (voucher?.amount ?? ZERO_TOKENS), 0n))
    },
  }
}
