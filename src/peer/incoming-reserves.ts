import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { bytesEqual } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { creditLineFor, NEWCOMER_REPUTATION_MILLI } from '../domain/ledger/credit-line.ts'
import { parseEntry } from '../domain/ledger/entry-codec.ts'
import { MAX_AHEAD_MS, sourcesOf, type EntryHash, type SignedEntry } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import { entrySignature } from '../domain/ledger/verify-entry.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'
import type { SessionOpening } from '../ports/network.ts'
import type { CheckCertificate } from './certificate-check.ts'
import type { ForkWatch } from './fork-watch.ts'
import type { LedgerListening } from './ledger-listening.ts'
import type { LedgerView } from './ledger-view.ts'
import type { PaymentBooks } from './payment-books.ts'

/** Share of the payment window that must be left when something is bought, so that there is time to claim it. */
const CLAIM_SHARE = 0.4
/** Uncertified reserves of one payer that are kept: it can sign any number, and they are worth one credit line together. */
const MAX_UNCERTIFIED = 8

/** The reserves from which payers buy here, and how far each payer is trusted. */
export interface IncomingReserves {
  /**
   * Takes up a reserve that a payer offers. Throws `payment-required` for one that is not the payer's for this peer, or
   * that is uncertified though its account was never heard of; `rate-limited` when the payer has too many of these;
   * `account-frozen`, `bad-signature`, `bad-entry`, what `CheckCertificate` throws, and what `forSale` throws.
   */
  open(opening: SessionOpening, from: PeerId): Promise<PaymentRecord>
  /** The record of a reserve from which more may be bought. Throws `expired` besides what `require` throws. */
  forSale(reserve: EntryHash, from: PeerId): Promise<PaymentRecord>
  /**
   * The record of a reserve for which vouchers can still be claimed. Throws `not-found` when the payer never opened it,
   * `already-claimed` once it was claimed or its claim is on the way.
   */
  require(reserve: EntryHash, from: PeerId): Promise<PaymentRecord>
  /**
   * Deliveries for which no voucher came that are tolerated from its payer, in µT: longer by what it has paid here for
   * sure beyond what was `forgiven` it, shorter by vouchers that may turn out to be worth nothing, so that it may be
   * below 0.
   */
  creditLine(record: PaymentRecord, forgiven: MicroTokens): Promise<bigint>
  /** What more can be sold from it, vouched for or not. */
  left(record: PaymentRecord): Promise<MicroTokens>
}

/** Creates the books of reserves for `identity`. */
export function createIncomingReserves(components: {
  readonly identity: Pick<Identity, 'account'>
  readonly books: PaymentBooks
  readonly ledgerStore: Pick<LedgerStore, 'getPayment' | 'listPayments' | 'listUncertified'>
  readonly forkWatch: Pick<ForkWatch, 'isFrozen' | 'isAdmitted' | 'note'>
  readonly listening: Pick<LedgerListening, 'heed'>
  readonly certifier: Pick<Certifier, 'head'>
  readonly signatureVerifier: SignatureVerifier
  readonly clock: Pick<Clock, 'nowMs'>
  readonly view: Pick<LedgerView, 'parameters'>
  readonly checkCertificate: CheckCertificate
  readonly genesis: Genesis
}): IncomingReserves {
  const { identity, books, ledgerStore, forkWatch, listening, certifier } = components
  const { signatureVerifier, clock, view, checkCertificate, genesis } = components

  /** The reserve of an opening, checked against everything that must hold before anything is delivered for it. */
  async function check({ reserveWire, certificateWire }: SessionOpening, from: PeerId): Promise<SignedEntry> {
    const signed = parseEntry(reserveWire)
    const { operation, account } = signed.entry
    const fits =
      operation.type === 'reserve' &&
      bytesEqual(account, peerIdToAccount(from)) &&
      bytesEqual(operation.to, identity.account)
    if (!fits) {
      throw new LoremeshError('payment-required', 'This is no reserve of yours for this peer', 'Make one')
    }
    if (operation.expiresAtMs > clock.nowMs() + genesis.paymentWindowMs + MAX_AHEAD_MS) {
      throw new LoremeshError('bad-entry', 'The reserve ends later than any may', 'Set the clock right')
    }
    if (!(await signatureVerifier.verify([entrySignature(signed, genesis)]))) {
      throw new LoremeshError('bad-signature', 'The reserve is not signed by its account')
    }
    if (certificateWire !== undefined) {
      await checkCertificate(certificateWire, signed)
    }
    const isTrusted = certificateWire !== undefined || (await isKnown(from))
    // Before others are told, so that whoever is offered another reserve in its place is heard here.
    if (isTrusted) listening.heed(from)
    forkWatch.note(signed)
    if (forkWatch.isFrozen(account) && !(certificateWire !== undefined && (await isThawed(signed, from)))) {
      throw new LoremeshError('account-frozen', 'Your account signed two entries at one place')
    }
    if (!isTrusted) {
      throw new LoremeshError(
        'payment-required',
        'This peer does not know your account, and trusts a certified reserve only',
        'Have the reserve certified',
      )
    }
    return signed
  }

  /** Whether the authorities took a fork for an accident; asked about certified reserves only, which are safe anyway. */
  async function isThawed({ entry }: SignedEntry, from: PeerId): Promise<boolean> {
    const { certified } = await certifier.head(from, entry.seq)
    return certified?.state.frozen === false
  }

  /** New accounts cost nothing, so they are no reason to trust anybody; one with a certified entry has cost a grant. */
  async function isKnown(from: PeerId): Promise<boolean> {
    return forkWatch.isAdmitted(peerIdToAccount(from)) || (await paidBefore(from)) > 0n
  }

  async function paidBefore(from: PeerId): Promise<MicroTokens> {
    const records = await ledgerStore.listPayments({
      direction: 'in',
      phases: ['certified', 'claimed', 'returned'],
      counterparty: from,
    })
    return sumTokens(records.map(vouchedBy))
  }

  /** Reserves of which it is not sure that they can be claimed. */
  function unsure(from: PeerId): Promise<readonly PaymentRecord[]> {
    return ledgerStore.listPayments({ direction: 'in', phases: ['signed'], counterparty: from })
  }

  async function unsureOf(from: PeerId): Promise<MicroTokens> {
    return sumTokens((await unsure(from)).map(vouchedBy))
  }

  async function checkRoom({ phase, counterparty }: PaymentRecord): Promise<void> {
    if (phase !== 'signed' || (await unsure(counterparty)).length < MAX_UNCERTIFIED) return
    throw new LoremeshError(
      'rate-limited',
      'Too many uncertified reserves of yours wait here',
      'Have them certified',
    )
  }

  async function require(reserve: EntryHash, from: PeerId): Promise<PaymentRecord> {
    const record = await ledgerStore.getPayment(reserve)
    if (record?.direction !== 'in' || record.counterparty !== from || record.kind !== 'reserve') {
      throw new LoremeshError('not-found', 'No session is open with this reserve', 'Open one')
    }
    const isOpen = record.phase === 'certified' || record.phase === 'signed'
    if (!isOpen || (await isBeingClaimed(reserve))) {
      throw new LoremeshError('already-claimed', 'This reserve has been claimed', 'Make another one')
    }
    return record
  }

  async function forSale(reserve: EntryHash, from: PeerId): Promise<PaymentRecord> {
    const record = await require(reserve, from)
    if (record.expiresAtMs < clock.nowMs() + genesis.paymentWindowMs * CLAIM_SHARE) {
      throw new LoremeshError('expired', 'The reserve ends too soon to be claimed', 'Make another one')
    }
    return record
  }

  async function isBeingClaimed(reserve: EntryHash): Promise<boolean> {
    const waiting = await ledgerStore.listUncertified()
    return waiting.some(({ entry }) => sourcesOf(entry.operation).includes(reserve))
  }

  return {
    forSale,
    require,
    async open(opening, from) {
      const signed = await check(opening, from)
      const fresh = recordOf(signed, opening, from, clock.nowMs())
      await books.change(signed.hash, async (known) => {
        if (known === undefined) {
          await checkRoom(fresh)
          return { payment: fresh }
        }
        if (known.phase !== 'signed' || fresh.phase === 'signed') return undefined
        return { payment: { ...known, phase: 'certified', certificateWire: fresh.certificateWire } }
      })
      return forSale(signed.hash, from)
    },
    async creditLine({ phase, counterparty }, forgiven) {
      // What is not certified may be spent elsewhere as well: it is trusted like a newcomer, whoever the payer is.
      const payer = {
        reputationMilli: NEWCOMER_REPUTATION_MILLI,
        paidBefore:
          phase === 'signed' ? ZERO_TOKENS : lessOrNothing(await paidBefore(counterparty), forgiven),
      }
      return creditLineFor(payer, view.parameters()) - (await unsureOf(counterparty))
    },
    async left({ phase, amount, voucher, counterparty }) {
      const left = lessOrNothing(amount, voucher?.amount ?? ZERO_TOKENS)
      if (phase !== 'signed') return left
      const trusted = lessOrNothing(view.parameters().creditLine, await unsureOf(counterparty))
      return trusted < left ? trusted : left
    },
  }
}

function recordOf(
  { entry, hash, wire }: SignedEntry,
  { certificateWire }: SessionOpening,
  from: PeerId,
  nowMs: number,
): PaymentRecord {
  const { operation } = entry
  if (operation.type !== 'reserve') throw new LoremeshError('bad-entry', 'The entry is not a reserve')
  return {
    payment: hash,
    kind: 'reserve',
    direction: 'in',
    counterparty: from,
    amount: operation.cap,
    fromCredit: operation.fromCredit,
    createdAtMs: nowMs,
    expiresAtMs: operation.expiresAtMs,
    phase: certificateWire === undefined ? 'signed' : 'certified',
    entryWire: wire,
    certificateWire,
    voucher: undefined,
    usedAtMs: nowMs,
  }
}

/** What the payer owes for sure. */
function vouchedBy({ kind, amount, voucher }: PaymentRecord): MicroTokens {
  if (voucher === undefined) return ZERO_TOKENS
  return kind === 'pay' ? amount : (voucher.amount ?? ZERO_TOKENS)
}

function lessOrNothing(amount: MicroTokens, taken: MicroTokens): MicroTokens {
  return taken < amount ? toMicroTokens(amount - taken) : ZERO_TOKENS
}
