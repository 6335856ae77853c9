import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { bytesEqual, bytesToHexText } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import {
  formatTokens,
  sumTokens,
  toMicroTokens,
  ZERO_TOKENS,
  type MicroTokens,
} from '../domain/kernel/micro-tokens.ts'
import { parseCertificate, verifyCertificate } from '../domain/ledger/certificate.ts'
import { creditLineFor, NEWCOMER_REPUTATION_MILLI } from '../domain/ledger/credit-line.ts'
import { parseEntry } from '../domain/ledger/entry-codec.ts'
import type { EntryHash, SignedEntry, Voucher } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { SignedQuote } from '../domain/ledger/quote.ts'
import { entrySignature } from '../domain/ledger/verify-entry.ts'
import { voucherSignature } from '../domain/ledger/voucher.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'
import type { Serving, SessionOpening, SessionTerms, TakeRequest } from '../ports/network.ts'
import type { ForkWatch } from './fork-watch.ts'
import type { SaleContents } from './sale-contents.ts'
import { createUnpaidDeliveries } from './unpaid-deliveries.ts'

/** Share of the payment window that must be left when something is bought, so that there is time to claim it. */
const CLAIM_SHARE = 0.4

/** The provider's side of sessions. */
export interface SessionSeller {
  onSession(opening: SessionOpening, from: PeerId): Promise<SessionTerms>
  onTake(request: TakeRequest, from: PeerId): Promise<Serving>
  onVoucher(reserve: EntryHash, voucher: Voucher, from: PeerId): Promise<void>
}

/**
 * Creates the provider's side. `onVoucher` is called when something can be claimed. `standing` gives the own account's
 * proof in a checkpoint, which payers are shown.
 */
export function createSessionSeller(
  components: {
    readonly identity: Identity
    readonly contents: SaleContents
    readonly ledgerStore: LedgerStore
    readonly forkWatch: Pick<ForkWatch, 'isFrozen' | 'note'>
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'abortable'>
    readonly genesis: Genesis
  },
  options: {
    readonly onVoucher: () => void
    readonly standing: () => Uint8Array | undefined
  },
): SessionSeller {
  const { identity, contents, ledgerStore, forkWatch, signatureVerifier, clock, genesis } = components
  const unpaid = createUnpaidDeliveries({ clock }, { forgiveAfterMs: genesis.paymentWindowMs })
  let recording: Promise<unknown> = Promise.resolve()

  /** Runs `task` after all earlier ones, so that vouchers and purchases of one reserve never overwrite one another. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = recording.then(task)
    recording = run.catch(() => undefined)
    return run
  }

  function refuseFrozen(payer: PeerId): void {
    if (!forkWatch.isFrozen(peerIdToAccount(payer))) return
    throw new LoremeshError('account-frozen', 'Your account signed two entries at one place')
  }

  /** The reserve of an opening, checked against everything that must hold before anything is delivered for it. */
  async function checkReserve(opening: SessionOpening, from: PeerId): Promise<SignedEntry> {
    const signed = parseEntry(opening.reserveWire)
    const { operation, account } = signed.entry
    const fits =
      operation.type === 'reserve' &&
      bytesEqual(account, peerIdToAccount(from)) &&
      bytesEqual(operation.to, identity.account)
    if (!fits) {
      throw new LoremeshError('payment-required', 'This is no reserve of yours for this peer', 'Make one')
    }
    if (!(await signatureVerifier.verify([entrySignature(signed, genesis)]))) {
      throw new LoremeshError('bad-signature', 'The reserve is not signed by its account')
    }
    if (opening.certificateWire !== undefined) {
      await verifyCertificate(parseCertificate(opening.certificateWire), signed, genesis, signatureVerifier)
    }
    forkWatch.note(signed)
    refuseFrozen(from)
    return signed
  }

  function toRecord(signed: SignedEntry, opening: SessionOpening, from: PeerId): PaymentRecord {
    const { operation } = signed.entry
    if (operation.type !== 'reserve') throw new LoremeshError('bad-entry', 'The entry is not a reserve')
    return {
      payment: signed.hash,
      kind: 'reserve',
      direction: 'in',
      counterparty: from,
      amount: operation.cap,
      fromCredit: operation.fromCredit,
      createdAtMs: clock.nowMs(),
      expiresAtMs: operation.expiresAtMs,
      phase: opening.certificateWire === undefined ? 'signed' : 'certified',
      entryWire: signed.wire,
      certificateWire: opening.certificateWire,
      voucher: undefined,
      usedAtMs: clock.nowMs(),
    }
  }

  /** What a payer has paid here before, as far as it is sure. */
  async function paidBefore(from: PeerId): Promise<MicroTokens> {
    const records = await ledgerStore.listPayments({
      direction: 'in',
      phases: ['certified', 'claimed'],
      counterparty: from,
    })
    return sumTokens(records.map(({ kind, amount, voucher }) => paidOf(kind, amount, voucher)))
  }

  async function creditLine(record: PaymentRecord): Promise<MicroTokens> {
    // What is not certified may be spent elsewhere as well: it is trusted like a newcomer, whoever the payer is.
    const before = record.phase === 'signed' ? ZERO_TOKENS : await paidBefore(record.counterparty)
    return creditLineFor({ reputationMilli: NEWCOMER_REPUTATION_MILLI, paidBefore: before }, genesis)
  }

  async function requireReserve(reserve: EntryHash, from: PeerId): Promise<PaymentRecord> {
    const record = await ledgerStore.getPayment(reserve)
    if (record?.direction !== 'in' || record.counterparty !== from || record.kind !== 'reserve') {
      throw new LoremeshError('not-found', 'No session is open with this reserve', 'Open one')
    }
    if (record.phase !== 'certified' && record.phase !== 'signed') {
      throw new LoremeshError('already-claimed', 'This reserve has been claimed', 'Make another one')
    }
    return record
  }

  /** What more can be sold from a reserve. An uncertified one counts as far as the credit line only, vouchers or not. */
  function leftOf(record: PaymentRecord): bigint {
    const vouched = record.voucher?.amount ?? 0n
    const limit = record.phase === 'signed' ? genesis.creditLine : record.amount
    const cap = limit < record.amount ? limit : record.amount
    return cap - vouched - unpaid.of(record.counterparty)
  }

  /** Keeps what was delivered so far; the newest voucher says how much of it is paid. */
  async function recordSale(
    quote: SignedQuote,
    reserve: EntryHash,
    before: MicroTokens,
    deliveryWire: Uint8Array | undefined,
  ): Promise<void> {
    const payment = await ledgerStore.getPayment(reserve)
    if (payment === undefined) throw new LoremeshError('internal', 'The reserve is not recorded')
    const { voucher, counterparty } = payment
    const vouched = (voucher?.amount ?? ZERO_TOKENS) - before
    const price = quote.quote.price
    const sale: PurchaseRecord = {
      invoice: bytesToHexText(quote.invoice),
      payment: reserve,
      direction: 'in',
      counterparty,
      items: quote.quote.items,
      price,
      paid: vouched < price ? toMicroTokens(vouched) : price,
      voucher,
      createdAtMs: clock.nowMs(),
      question: '',
      quoteWire: quote.wire,
      deliveryWire,
    }
    await ledgerStore.putPurchase(sale, { ...payment, usedAtMs: clock.nowMs() })
  }

  /** A voucher that came after the last context of a delivery still belongs to it. */
  async function coverSale(reserve: EntryHash, voucher: Voucher, paid: MicroTokens): Promise<void> {
    const [sale] = await ledgerStore.listPurchases({ payment: reserve, limit: 1 })
    const payment = await ledgerStore.getPayment(reserve)
    if (sale === undefined || payment === undefined || sale.paid >= sale.price) return
    const total = sale.paid + paid
    const covered = total < sale.price ? toMicroTokens(total) : sale.price
    await ledgerStore.putPurchase({ ...sale, paid: covered, voucher }, payment)
  }

  /** The contexts, each once it is within the credit line. */
  async function* deliver(
    quote: SignedQuote,
    record: PaymentRecord,
    bytes: readonly Uint8Array[],
    line: () => Promise<MicroTokens>,
  ): AsyncGenerator<Uint8Array> {
    for (const [at, item] of quote.quote.items.entries()) {
      await unpaid.waitForRoom(record.counterparty, item.price, line)
      const content = bytes[at]
      if (content === undefined) throw new LoremeshError('internal', 'A context of the quote is missing')
      unpaid.add(record.counterparty, item.price)
      yield content
    }
  }

  return {
    async onSession(opening, from) {
      const signed = await checkReserve(opening, from)
      return inTurn(async () => {
        const known = await ledgerStore.getPayment(signed.hash)
        const fresh = toRecord(signed, opening, from)
        const record = known === undefined ? fresh : merged(known, fresh)
        if (record.expiresAtMs < clock.nowMs() + genesis.paymentWindowMs * CLAIM_SHARE) {
          throw new LoremeshError('expired', 'The reserve expires too soon to be claimed', 'Make another one')
        }
        await ledgerStore.putPayment(record)
        await requireReserve(signed.hash, from)
        return {
          creditLine: await creditLine(record),
          vouched: record.voucher?.amount ?? ZERO_TOKENS,
          standing: options.standing(),
        }
      })
    },

    async onTake(request, from) {
      refuseFrozen(from)
      const record = await requireReserve(request.reserve, from)
      if (record.expiresAtMs < clock.nowMs() + genesis.paymentWindowMs * CLAIM_SHARE) {
        throw new LoremeshError('expired', 'The reserve expires too soon to be claimed', 'Make another one')
      }
      const quote = await contents.quote(request, from)
      if (quote.quote.price > request.maxTokenCost) {
        throw new LoremeshError(
          'price-above-limit',
          `This costs ${formatTokens(quote.quote.price)} tokens, the limit is ${formatTokens(request.maxTokenCost)}`,
        )
      }
      if (quote.quote.price > leftOf(record)) {
        throw new LoremeshError('payment-required', 'The reserve does not cover this', 'Make another one')
      }
      const before = record.voucher?.amount ?? ZERO_TOKENS
      const bytes = await contents.contentsOf(quote)
      const deliveryWire = await contents.stateDelivery(quote, bytes)
      const line = async (): Promise<MicroTokens> => creditLine(await requireReserve(request.reserve, from))
      const delivered = deliver(quote, record, bytes, line)
      const keep = (wire: Uint8Array | undefined): Promise<void> =>
        inTurn(() => recordSale(quote, request.reserve, before, wire))
      return {
        quoteWire: quote.wire,
        contents: recorded(delivered, keep, deliveryWire),
        deliveryWire: () => deliveryWire,
      }
    },

    async onVoucher(reserve, voucher, from) {
      const { amount } = voucher
      const record = await requireReserve(reserve, from)
      if (amount === undefined || amount > record.amount) {
        throw new LoremeshError('bad-input', 'A voucher is for an amount up to the cap of its reserve')
      }
      const isSigned = await signatureVerifier.verify([
        voucherSignature(peerIdToAccount(from), reserve, voucher),
      ])
      if (!isSigned) throw new LoremeshError('bad-signature', 'The voucher is not signed by the payer')
      await inTurn(async () => {
        const newest = await requireReserve(reserve, from)
        const vouched = newest.voucher?.amount ?? ZERO_TOKENS
        if (amount <= vouched) return
        await ledgerStore.putPayment({ ...newest, voucher, usedAtMs: clock.nowMs() })
        const paid = toMicroTokens(amount - vouched)
        await coverSale(reserve, voucher, paid)
        unpaid.pay(from, paid)
        options.onVoucher()
      })
    },
  }
}

/** A reserve that is known: a certificate may have come meanwhile, a voucher stays. */
function merged(known: PaymentRecord, fresh: PaymentRecord): PaymentRecord {
  if (known.phase !== 'signed' || fresh.certificateWire === undefined) return known
  return { ...known, phase: 'certified', certificateWire: fresh.certificateWire }
}

function paidOf(kind: PaymentRecord['kind'], amount: MicroTokens, voucher: Voucher | undefined): MicroTokens {
  if (voucher === undefined) return ZERO_TOKENS
  return kind === 'pay' ? amount : (voucher.amount ?? ZERO_TOKENS)
}

/** The contents, and at their end, early or not, the record of the sale. */
async function* recorded(
  contents: AsyncGenerator<Uint8Array>,
  keep: (deliveryWire: Uint8Array | undefined) => Promise<void>,
  deliveryWire: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let delivered = 0
  let isComplete = false
  try {
    for await (const content of contents) {
      delivered += 1
      yield content
    }
    isComplete = true
  } finally {
    if (delivered > 0) await keep(isComplete ? deliveryWire : undefined)
  }
}
