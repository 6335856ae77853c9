import { parameters } from '../domain/economy/parameters.ts'
import { peerIdToAccount, shortPeerId, type PeerId } from '../domain/identity/account.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { isLoremeshError, LoremeshError } from '../domain/kernel/errors.ts'
import { toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { AccountState } from '../domain/ledger/account-state.ts'
import { parseStanding, verifyStanding } from '../domain/ledger/account-standing.ts'
import { reserveEntry } from '../domain/ledger/entry-builders.ts'
import type { EntryHash } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'
import type { Network, SessionTerms } from '../ports/network.ts'
import type { Checkpoints } from './checkpoints.ts'
import { dropExpired } from './drop-expired.ts'
import type { ForkWatch } from './fork-watch.ts'
import type { LedgerListening } from './ledger-listening.ts'
import type { LedgerView } from './ledger-view.ts'
import type { OwnAccount } from './own-account.ts'
import type { ProviderStandings } from './provider-standings.ts'

/** A reserve holds this share of what can be spent, unless more is needed: it is not free until the payee has claimed. */
const RESERVE_SHARE = 8n
/** Below it nothing is bought from an account; in thousandths. */
const MIN_REPUTATION_MILLI = parameters.min_reputation_to_earn.default * 1_000
/** Share of the payment window that must be left for a reserve to be used: the payee needs time to claim it. */
const USABLE_SHARE = 0.5
/** Reserves for one payee of which nothing was bought: one that refuses them all locks no more than these. */
const MAX_UNUSED = 2

/** A reserve that the payee has accepted. */
export interface PayerSession {
  readonly reserve: EntryHash
  /** When the reserve ends, in ms since 1970. */
  readonly expiresAtMs: number
  /** Whether the payee has been shown its certificate; without one it delivers within the plain credit line only. */
  readonly isCertified: boolean
  readonly terms: SessionTerms
}

/** The payer's reserves, one for each payee. */
export interface PayerSessions {
  /**
   * The session with a payee that has at least `need` µT left; a new reserve is made, and certified, when there is none,
   * or the payee takes no more from the one there is. `onReserve` is called before that. Throws what `OwnAccount.spend`
   * and `Network.openSession` throw, `account-frozen` for a payee that is known for fraud, and `not-ready` for one that
   * has refused reserve after reserve.
   */
  open(
    payee: PeerId,
    need: MicroTokens,
    options: {
      readonly signal?: AbortSignal | undefined
      readonly onReserve?: (() => void) | undefined
      /** Called once the reserve is made: from now on the payee is waited for, not the authorities. */
      readonly onReserved?: (() => void) | undefined
    },
  ): Promise<PayerSession>
  /** Has reserves certified that wait for a quorum. Throws `authority-unreachable` while there is none. */
  certify(signal: AbortSignal | undefined): Promise<void>
  /** Forgets what was agreed with a payee, because the link to it is new, or a delivery broke off: the session is opened again. */
  forget(payee: PeerId): void
  /** Uses the reserve of a session no more: the payee has claimed it, or refuses it. */
  retire(session: PayerSession): void
}

/** Creates the sessions over the reserves that `ledgerStore` knows. */
export function createPayerSessions(components: {
  readonly account: Pick<OwnAccount, 'spend' | 'finishIfQuorum'>
  readonly ledgerStore: Pick<LedgerStore, 'getPayment' | 'listPayments'>
  readonly network: Pick<Network, 'openSession' | 'sendVoucher'>
  readonly forkWatch: Pick<ForkWatch, 'isFrozen'>
  readonly listening: Pick<LedgerListening, 'heed'>
  readonly signatureVerifier: SignatureVerifier
  readonly checkpoints: Pick<Checkpoints, 'accept'>
  readonly standings: Pick<ProviderStandings, 'learn'>
  readonly view: Pick<LedgerView, 'removals'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly genesis: Genesis
}): PayerSessions {
  const { account, ledgerStore, network, forkWatch, listening } = components
  const { signatureVerifier, checkpoints, standings, view, clock, genesis } = components
  const opened = new Map<PeerId, PayerSession>()
  const retired = new Map<EntryHash, Pick<PayerSession, 'expiresAtMs'>>()

  /** What has ended is not used any more anyway. */
  function forgetExpired(): void {
    dropExpired(opened, clock.nowMs())
    dropExpired(retired, clock.nowMs())
  }

  /** Reserves for a payee that can be used for as long as it takes to buy something. */
  async function listReserves(payee: PeerId): Promise<readonly PaymentRecord[]> {
    const records = await ledgerStore.listPayments({
      direction: 'out',
      phases: ['signed', 'certified'],
      counterparty: payee,
    })
    const usableMs = clock.nowMs() + genesis.paymentWindowMs * USABLE_SHARE
    return records.filter(({ kind, expiresAtMs }) => kind === 'reserve' && expiresAtMs > usableMs)
  }

  async function findReserve(payee: PeerId, need: MicroTokens): Promise<PaymentRecord | undefined> {
    const reserves = await listReserves(payee)
    return reserves.find(
      ({ payment, amount, voucher }) =>
        !retired.has(payment) && amount - (voucher?.amount ?? ZERO_TOKENS) >= need,
    )
  }

  function capFor(state: AccountState, need: MicroTokens): MicroTokens {
    const share = (state.balance + state.credit) / RESERVE_SHARE
    return share > need ? toMicroTokens(share) : need
  }

  async function makeReserve(
    payee: PeerId,
    need: MicroTokens,
    signal: AbortSignal | undefined,
  ): Promise<PaymentRecord> {
    const reserves = await listReserves(payee)
    if (reserves.filter(({ voucher }) => voucher === undefined).length >= MAX_UNUSED) {
      throw new LoremeshError(
        'not-ready',
        `Peer ${shortPeerId(payee)} has used none of the tokens that are reserved for it`,
        'They come back by themselves; ask again later',
      )
    }
    const signed = await account.spend(
      (state, at, lookup) =>
        reserveEntry(
          state,
          {
            to: peerIdToAccount(payee),
            cap: capFor(state, need),
            expiresAtMs: Math.max(at.timestampMs, state.timestampMs) + genesis.paymentWindowMs,
          },
          at,
          lookup,
        ),
      signal,
    )
    const record = await ledgerStore.getPayment(signed.hash)
    if (record === undefined) throw new LoremeshError('internal', 'The reserve was not recorded')
    return record
  }

  /**
   * Nothing is bought from an account whose reputation a checkpoint shows to be low. The payee asks the price that is in
   * force in the newest checkpoint it knows, so this one is taken in.
   */
  async function judgePayee(payee: PeerId, { standing: wire }: SessionTerms): Promise<void> {
    if (wire === undefined) return
    const standing = parseStanding(wire)
    const subject = peerIdToAccount(payee)
    const leaf = await verifyStanding(standing, subject, genesis, signatureVerifier, view.removals())
    standings.learn(leaf)
    if (leaf.reputationMilli < MIN_REPUTATION_MILLI) throw distrusted(payee)
    await checkpoints.accept(standing.checkpoint)
  }

  /** Opens the session with the payee, and repeats the newest voucher when the payee has an older one. */
  async function agree(
    payee: PeerId,
    record: PaymentRecord,
    signal: AbortSignal | undefined,
  ): Promise<PayerSession> {
    const { payment: reserve, expiresAtMs, voucher, entryWire, certificateWire } = record
    const terms = await network.openSession(payee, { reserveWire: entryWire, certificateWire }, signal)
    await judgePayee(payee, terms)
    const vouched = voucher?.amount ?? ZERO_TOKENS
    if (terms.vouched > vouched) {
      // A backup was restored here. New vouchers below the payee's newest would pay for nothing.
      throw new LoremeshError('already-claimed', 'The peer holds a voucher that is not known here')
    }
    if (voucher !== undefined && terms.vouched < vouched) {
      await network.sendVoucher(payee, reserve, voucher, signal)
    }
    const session = { reserve, expiresAtMs, isCertified: certificateWire !== undefined, terms }
    opened.set(payee, session)
    return session
  }

  /** The session over a reserve that is there; undefined when the payee takes no more from it. */
  async function reopen(
    payee: PeerId,
    record: PaymentRecord,
    signal: AbortSignal | undefined,
  ): Promise<PayerSession | undefined> {
    const known = opened.get(payee)
    const isCertified = record.certificateWire !== undefined
    if (known?.reserve === record.payment && known.isCertified === isCertified) return known
    try {
      return await agree(payee, record, signal)
    } catch (error) {
      if (!isUsedUp(error)) throw error
      retired.set(record.payment, { expiresAtMs: record.expiresAtMs })
      return undefined
    }
  }

  return {
    async open(payee, need, { signal, onReserve, onReserved }) {
      if (forkWatch.isFrozen(peerIdToAccount(payee))) throw distrusted(payee)
      listening.heed(payee)
      forgetExpired()
      for (;;) {
        const reserve = await findReserve(payee, need)
        if (reserve === undefined) break
        const session = await reopen(payee, reserve, signal)
        if (session !== undefined) return session
      }
      onReserve?.()
      const waiting = await ledgerStore.listPayments({
        direction: 'out',
        phases: ['signed'],
        counterparty: payee,
      })
      // What a payee delivers without a certificate is bounded, however many reserves it is shown.
      if (waiting.length > 0) await account.finishIfQuorum(signal)
      const reserve = await makeReserve(payee, need, signal)
      onReserved?.()
      return agree(payee, reserve, signal)
    },
    certify: account.finishIfQuorum,
    forget: (payee) => void opened.delete(payee),
    retire: ({ reserve, expiresAtMs }) => void retired.set(reserve, { expiresAtMs }),
  }
}

/** Whether a payee refuses a reserve in a way in which it will not refuse another one. */
export function isUsedUp(error: unknown): boolean {
  return isLoremeshError(error, 'already-claimed') || isLoremeshError(error, 'expired')
}

function distrusted(payee: PeerId): LoremeshError {
  return new LoremeshError('account-frozen', `Peer ${shortPeerId(payee)} is known for fraud`)
}
