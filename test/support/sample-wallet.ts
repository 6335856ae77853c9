import type { Identity } from '../../src/domain/identity/identity.ts'
import {
  sumTokens,
  toMicroTokens,
  ZERO_TOKENS,
  type MicroTokens,
} from '../../src/domain/kernel/micro-tokens.ts'
import { encodeGrant, encodeSignedGrant, STARTER_GRANT_ID } from '../../src/domain/ledger/grant.ts'
import { digestToEntryHash, type Operation, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { WalletEntry, WalletState } from '../../src/peer/peer.ts'
import { createWalletLines } from '../../src/peer/wallet-entries.ts'
import { addShares, noShares } from '../../src/peer/wallet-shares.ts'
import type {
  LedgerRecord,
  PaymentPhase,
  PaymentRecord,
  PurchaseRecord,
} from '../../src/ports/ledger-store.ts'
import { sampleIdentity } from './sample-peer-ids.ts'
import {
  certifySample,
  priceOf,
  sampleGenesis,
  sampleTrade,
  signSampleEntry,
  type SampleDelivery,
} from './sample-trade.ts'

const MINUTE_MS = 60_000
const self = sampleIdentity(0)
const startMs = Date.now()
/** An entry of somebody else's that nobody looks at. */
const earlierEntry = digestToEntryHash(new Uint8Array(32).fill(1))
const before = (minutes: number): number => startMs - minutes * MINUTE_MS

/** A chain with what was bought and sold, written line by line. */
function createSampleChain() {
  const records: LedgerRecord[] = []
  const payments: PaymentRecord[] = []
  const purchases: PurchaseRecord[] = []
  const standing = { balance: 0n, credit: 0n, locked: 0n }

  function write(
    minutesAgo: number,
    operation: Operation,
    change: Partial<typeof standing>,
    isCertified = true,
  ): SignedEntry {
    standing.balance += change.balance ?? 0n
    standing.credit += change.credit ?? 0n
    standing.locked += change.locked ?? 0n
    const [newest] = records
    const place = {
      seq: records.length,
      prev: newest?.signed.hash ?? null,
      timestampMs: before(minutesAgo),
    }
    const { balance, credit, locked } = standing
    const amounts = {
      balance: toMicroTokens(balance),
      credit: toMicroTokens(credit),
      locked: toMicroTokens(locked),
    }
    const signed = signSampleEntry(self, place, amounts, operation)
    records.unshift({ signed, certificateWire: isCertified ? certifySample(signed) : undefined })
    return signed
  }

  function trade(signed: SignedEntry, phase: PaymentPhase, delivery: SampleDelivery): void {
    const { payment, purchase } = sampleTrade(signed, phase, delivery)
    payments.unshift(payment)
    purchases.unshift(purchase)
  }

  return {
    write,
    /** Pays, or sets aside, and buys with it. */
    buy(
      type: 'pay' | 'reserve',
      phase: PaymentPhase,
      amount: MicroTokens,
      delivery: Omit<SampleDelivery, 'direction' | 'atMs'> & { readonly minutesAgo: number },
    ): SignedEntry {
      const { minutesAgo, ...rest } = delivery
      const terms = { to: delivery.other.account, fromCredit: amount, expiresAtMs: before(minutesAgo - 5) }
      const signed = write(
        minutesAgo,
        type === 'pay'
          ? { type, ...terms, amount, invoice: new Uint8Array(32) }
          : { type, ...terms, cap: amount },
        { credit: -1n * amount, locked: type === 'pay' ? 0n : amount },
        phase !== 'signed',
      )
      trade(signed, phase, { ...rest, direction: 'out', atMs: before(minutesAgo) })
      return signed
    },
    /** A reserve of another peer's that something was sold for. */
    sell(phase: PaymentPhase, other: Identity, minutesAgo: number, sizes: readonly number[]): SignedEntry {
      const cap = toMicroTokens(20_000_000n)
      const signed = signSampleEntry(
        other,
        { seq: 7, prev: earlierEntry, timestampMs: before(minutesAgo) },
        { balance: cap, credit: ZERO_TOKENS, locked: cap },
        {
          type: 'reserve',
          to: self.account,
          cap,
          fromCredit: ZERO_TOKENS,
          expiresAtMs: before(minutesAgo - 5),
        },
      )
      trade(signed, phase, {
        direction: 'in',
        other,
        atMs: before(minutesAgo),
        question: `${minutesAgo}`,
        sizes,
      })
      return signed
    },
    lines: () => createWalletLines()({ records, payments, purchases, checkpointedSeq: 4 }),
  }
}

function writeSampleLines() {
  const chain = createSampleChain()
  const [ann, bob, cat] = [sampleIdentity(1), sampleIdentity(2), sampleIdentity(3)]
  chain.write(2880, { type: 'open' }, {})
  const { starterGrant } = sampleGenesis
  const grant = encodeGrant(
    { kind: 'starter', account: self.account, amount: starterGrant, id: STARTER_GRANT_ID },
    sampleGenesis,
  )
  chain.write(2880, { type: 'collect', grant: encodeSignedGrant(grant, []) }, { credit: starterGrant })

  const backups = [1024, 600, 568]
  const cap = toMicroTokens(20_000_000n)
  const first = chain.buy('reserve', 'returned', cap, {
    other: ann,
    minutesAgo: 1500,
    question: 'How is a backup tested?',
    sizes: backups,
  })
  const rest = toMicroTokens(cap - priceOf({ sizes: backups }))
  chain.write(
    1490,
    { type: 'release', reserve: first.hash, amount: rest },
    { credit: rest, locked: -1n * cap },
  )

  const sources = [chain.sell('claimed', bob, 200, [3200]), chain.sell('claimed', cat, 190, [1600, 1600])]
  const earned = priceOf({ sizes: [3200, 1600, 1600] })
  const vouchers = sources.map(() => ({ amount: earned, signature: new Uint8Array(64) }))
  chain.write(
    180,
    { type: 'claim', sources: sources.map(({ hash }) => hash), vouchers, amount: earned },
    { balance: earned },
  )

  const ports = { other: bob, question: 'Which ports does the relay need?', sizes: [600] }
  const lost = priceOf(ports)
  const unpaid = chain.buy('pay', 'returned', lost, { ...ports, minutesAgo: 62 })
  chain.write(50, { type: 'reclaim', payment: unpaid.hash }, { credit: lost })

  chain.sell('certified', cat, 4, [1200])
  chain.buy('reserve', 'signed', toMicroTokens(24_000_000n), {
    other: ann,
    minutesAgo: 1,
    question: 'How often should a restore be tested?',
    sizes: [300, 226],
  })
  return chain.lines()
}

function toWallet({ entries, incoming }: Pick<WalletState, 'entries' | 'incoming'>): WalletState {
  const amounts = addShares([...incoming, ...entries].map(({ shares }) => shares))
  return {
    balance: toMicroTokens(amounts.balance),
    credit: toMicroTokens(amounts.credit),
    reserved: toMicroTokens(amounts.reserved),
    pendingOut: toMicroTokens(amounts.pendingOut),
    pendingIn: toMicroTokens(amounts.pendingIn),
    entries,
    incoming,
    contextsServed: 4,
    contextsFetched: 5,
    notice: '',
  }
}

/** A wallet of a moment ago, with nothing in it. */
export const emptyWallet: WalletState = {
  ...toWallet({ entries: [], incoming: [] }),
  contextsServed: 0,
  contextsFetched: 0,
}

/** A wallet after two days of asking and serving, with receipts that hold in the sample network. */
export const sampleWallet: WalletState = toWallet(writeSampleLines())

/** A wallet with so many entries: a grant, then payments of a token each, one a minute. */
export function createLongWallet(count: number): WalletState {
  const entries = Array.from({ length: count }, (_, seq): WalletEntry => {
    const change = seq === 0 ? sumTokens([1_000_000n * BigInt(count)]) : -1_000_000n
    const after = toMicroTokens(1_000_000n * BigInt(count - seq))
    return {
      id: seq.toString(16).padStart(64, '0'),
      seq,
      timestampMs: before(count - seq),
      kind: seq === 0 ? 'collect' : 'pay',
      change,
      after,
      shares: { ...noShares, credit: change },
      decayed: ZERO_TOKENS,
      reason: seq === 0 ? 'Starter tokens' : `1 passage (0.5 KB) for “Question ${seq}”`,
      counterparty: seq === 0 ? null : (sampleWallet.incoming[0]?.counterparty ?? null),
      settles: [],
      purchases: [],
      state: 'certified',
      phase: seq === 0 ? null : 'claimed',
    }
  })
  return toWallet({ entries: entries.reverse(), incoming: [] })
}
