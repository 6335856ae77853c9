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
import type { ForkWatch } from './fork-watch.ts'
import type { OwnAccount } from './own-account.ts'
import { recordOf } from './own-chain.ts'

/** A reserve holds this share of what can be spent, unless more is needed: it is not free until the payee has claimed. */
const RESERVE_SHARE = 8n
/** Below it nothing is bought from an account; in thousandths. */
const MIN_REPUTATION_MILLI = parameters.min_reputation_to_earn.default * 1_000
/** Share of the payment window that must be left for a reserve to be used: the payee needs time to claim it. */
const USABLE_SHARE = 0.5

/** A reserve that the payee has accepted. */
export interface PayerSession {
  readonly reserve: EntryHash
  readonly terms: SessionTerms
}

/** The payer's reserves, one for each payee. */
export interface PayerSessions {
  /**
   * The session with a payee that has at least `need` µT left; a new reserve is made, and certified, when there is none.
   * `onReserve` is called before that. Throws what `OwnAccount.write` and `Network.openSession` throw.
   */
  open(
    payee: PeerId,
    need: MicroTokens,
    options: { readonly signal?: AbortSignal | undefined; readonly onReserve?: (() => void) | undefined },
  ): Promise<PayerSession>
  /** Forgets what was agreed with a payee, because the link to it is new: the session is opened again. */
  forget(payee: PeerId): void
  /** Uses a reserve no more: the payee has claimed it, or refuses it. */
  retire(reserve: EntryHash): void
}

/** Creates the sessions over the reserves that `ledgerStore` knows. */
export function createPayerSessions(components: {
  readonly account: OwnAccount
  readonly ledgerStore: LedgerStore
  readonly network: Pick<Network, 'openSession' | 'sendVoucher'>
  readonly forkWatch: Pick<ForkWatch, 'isFrozen'>
  readonly signatureVerifier: SignatureVerifier
  readonly clock: Pick<Clock, 'nowMs'>
  readonly genesis: Genesis
}): PayerSessions {
  const { account, ledgerStore, network, forkWatch, signatureVerifier, clock, genesis } = components
  const opened = new Map<PeerId, PayerSession>()
  const retired = new Set<EntryHash>()

  function isUsable(record: PaymentRecord, need: MicroTokens): boolean {
    return (
      record.kind === 'reserve' &&
      !retired.has(record.payment) &&
      record.expiresAtMs > clock.nowMs() + genesis.paymentWindowMs * USABLE_SHARE &&
      record.amount - (record.voucher?.amount ?? ZERO_TOKENS) >= need
    )
  }

  async function usableReserve(payee: PeerId, need: MicroTokens): Promise<PaymentRecord | undefined> {
    const reserves = await ledgerStore.listPayments({
      direction: 'out',
      phases: ['signed', 'certified'],
      counterparty: payee,
    })
    return reserves.find((record) => isUsable(record, need))
  }

  function capFor(state: AccountState, need: MicroTokens): MicroTokens {
    const share = (state.balance + state.credit) / RESERVE_SHARE
    return share > need ? toMicroTokens(share) : need
  }

  /** Makes a reserve. Without a quorum it stays uncertified, and the payee trusts it within the credit line at most. */
  async function makeReserve(
    payee: PeerId,
    need: MicroTokens,
    signal: AbortSignal | undefined,
  ): Promise<PaymentRecord> {
    let made: EntryHash | undefined
    try {
      const { signed, certificateWire } = await account.write(
        (state, at, lookup) => ({
          entry: reserveEntry(
            state,
            {
              to: peerIdToAccount(payee),
              cap: capFor(state, need),
              expiresAtMs: Math.max(at.timestampMs, state.timestampMs) + genesis.paymentWindowMs,
            },
            at,
            lookup,
          ),
          record: (entry) => {
            made = entry.hash
            return recordOf(entry, clock.nowMs())
          },
        }),
        signal === undefined ? {} : { signal },
      )
      await setCertified(signed.hash, certificateWire)
    } catch (error) {
      const waits = isLoremeshError(error, 'authority-unreachable') || isLoremeshError(error, 'timeout')
      if (!waits || made === undefined) throw error
    }
    const record = made && (await ledgerStore.getPayment(made))
    if (record === undefined) throw new LoremeshError('internal', 'The reserve was not recorded')
    return record
  }

  async function setCertified(reserve: EntryHash, certificateWire: Uint8Array): Promise<void> {
    const record = await ledgerStore.getPayment(reserve)
    if (record !== undefined) await ledgerStore.putPayment({ ...record, phase: 'certified', certificateWire })
  }

  /** Nothing is bought from an account whose reputation a checkpoint shows to be low. */
  async function judgePayee(payee: PeerId, { standing }: SessionTerms): Promise<void> {
    const key = peerIdToAccount(payee)
    const leaf = standing && (await verifyStanding(parseStanding(standing), key, genesis, signatureVerifier))
    if (forkWatch.isFrozen(key) || (leaf !== undefined && leaf.reputationMilli < MIN_REPUTATION_MILLI)) {
      throw new LoremeshError('account-frozen', `Peer ${shortPeerId(payee)} is known for fraud`)
    }
  }

  /** Opens the session with the payee, and repeats the newest voucher when the payee has an older one. */
  async function agree(
    payee: PeerId,
    record: PaymentRecord,
    signal: AbortSignal | undefined,
  ): Promise<PayerSession> {
    const { payment: reserve, voucher, entryWire, certificateWire } = record
    const terms = await network.openSession(payee, { reserveWire: entryWire, certificateWire }, signal)
    await judgePayee(payee, terms)
    if (voucher?.amount !== undefined && terms.vouched < voucher.amount) {
      await network.sendVoucher(payee, reserve, voucher, signal)
    }
    const session = { reserve, terms }
    opened.set(payee, session)
    return session
  }

  return {
    async open(payee, need, { signal, onReserve }) {
      if (forkWatch.isFrozen(peerIdToAccount(payee))) throw distrusted(payee)
      const usable = await usableReserve(payee, need)
      if (usable === undefined) {
        onReserve?.()
        return agree(payee, await makeReserve(payee, need, signal), signal)
      }
      const known = opened.get(payee)
      const isAgreed = known?.reserve === usable.payment && usable.phase === 'certified'
      return isAgreed ? known : agree(payee, usable, signal)
    },
    forget: (payee) => void opened.delete(payee),
    retire: (reserve) => void retired.add(reserve),
  }
}

function distrusted(payee: PeerId): LoremeshError {
  return new LoremeshError('account-frozen', `Peer ${shortPeerId(payee)} is known for fraud`)
}
