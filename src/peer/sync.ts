import { accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { encodeCertificate, type CertifiedEntry } from '../domain/ledger/certificate.ts'
import { fraudIdOf, parseFraudProof, type FraudProof } from '../domain/ledger/fraud-proof.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'
import type { CheckCertificate } from './certificate-check.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { ForkWatch } from './fork-watch.ts'
import type { OwnAccount } from './own-account.ts'
import type { PaymentBooks } from './payment-books.ts'

/** It is shown when catching up takes longer than this. */
const NOTICE_AFTER_MS = 300
/** Peers about whose frauds is asked at once. */
const MAX_SUSPECTS = 32

/**
 * Takes in what happened in the ledger while this peer was away, be it for a week, in another partition of the network,
 * or because it was restored from a backup, or is new.
 */
export interface Sync {
  /**
   * The newest checkpoint, the own account's entries and its place in that checkpoint, payments that wait for it, and
   * frauds of its counterparties. Whoever asks meanwhile waits for the same. Throws `authority-unreachable` or `timeout`
   * when no quorum answers, and what `OwnAccount.prepare` throws.
   */
  catchUp(signal?: AbortSignal): Promise<void>
}

/**
 * Creates it; nothing is asked before `catchUp`. `onNotice` gets a sentence while that takes longer than a moment, and an
 * empty one afterwards.
 */
export function createSync(
  components: {
    readonly account: Pick<OwnAccount, 'prepare'>
    readonly checkpoints: Pick<Checkpoints, 'locateSelf'>
    readonly forkWatch: Pick<ForkWatch, 'judge'>
    readonly books: Pick<PaymentBooks, 'change'>
    readonly ledgerStore: Pick<LedgerStore, 'listPayments' | 'listForkProofs'>
    readonly certifier: Pick<Certifier, 'inbox' | 'frauds' | 'reportFraud'>
    readonly checkCertificate: CheckCertificate
    readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'abortable'>
  },
  options: { readonly onNotice: (notice: string) => void },
): Sync {
  const { account, checkpoints, forkWatch, books, ledgerStore, certifier, checkCertificate, clock } =
    components
  let running: Promise<void> | undefined

  /**
   * Payments to this peer that it does not know, or not as certified: their payers' vouchers are accepted then, when they
   * are repeated.
   */
  async function takeInbox(signal: AbortSignal | undefined): Promise<void> {
    for (const certified of await certifier.inbox(signal)) {
      const record = incomingRecord(certified, clock.nowMs())
      if (record === undefined || record.expiresAtMs <= clock.nowMs()) continue
      const { phase, certificateWire } = record
      if (!(await isFinal(certified))) continue
      await books.change(record.payment, (known) => {
        if (known === undefined) return { payment: record }
        return known.phase === 'signed' ? { payment: { ...known, phase, certificateWire } } : undefined
      })
    }
  }

  /** Whether its certificate holds also by checkpoints that are not known here yet. */
  async function isFinal({ signed, certificate }: CertifiedEntry): Promise<boolean> {
    try {
      await checkCertificate(encodeCertificate(certificate), signed)
      return true
    } catch (error) {
      if (!isLoremeshError(error)) throw error
      return false
    }
  }

  /** Proofs that were told while nobody listened here, as far as they are about whom this peer deals with. */
  async function takeFrauds(signal: AbortSignal | undefined): Promise<void> {
    const payments = await ledgerStore.listPayments()
    const parties = someOf(payments.map(({ counterparty }) => counterparty))
    for (const fraud of await certifier.frauds(parties, signal)) await forkWatch.judge(fraud)
  }

  /**
   * Shows the authorities proofs that are kept here and that they don't act on: whoever alone could put one together may
   * have lost power before it told anybody.
   */
  async function tellFrauds(signal: AbortSignal | undefined): Promise<void> {
    const wires = await ledgerStore.listForkProofs()
    const kept = wires.map(parseFraudProof).filter((fraud) => fraud.type === 'fork-proof')
    const culprits = someOf(kept.map(culpritOf))
    if (culprits.length === 0) return
    const known = new Set((await certifier.frauds(culprits, signal)).map(fraudIdOf))
    for (const fraud of kept) {
      if (known.has(fraudIdOf(fraud)) || !culprits.includes(culpritOf(fraud))) continue
      // Those who have dealt with it, or can't yet, refuse it.
      await certifier.reportFraud(fraud, signal).catch((error: unknown) => {
        if (!isLoremeshError(error)) throw error
      })
    }
  }

  async function run(signal: AbortSignal | undefined): Promise<void> {
    await account.prepare(signal)
    await checkpoints.locateSelf(signal)
    await takeInbox(signal)
    await takeFrauds(signal)
    await tellFrauds(signal)
  }

  async function runWithNotice(signal: AbortSignal | undefined): Promise<void> {
    const done = clock.abortable()
    clock.sleep(NOTICE_AFTER_MS, done.signal).then(
      () => options.onNotice('Catching up with the network.'),
      () => undefined,
    )
    try {
      await run(signal)
    } finally {
      done.abort()
      options.onNotice('')
    }
  }

  return {
    catchUp(signal) {
      running ??= runWithNotice(signal).finally(() => (running = undefined))
      return running
    },
  }
}

/** The record of a certified payment or reserve of somebody else; undefined for another entry. */
function incomingRecord({ signed, certificate }: CertifiedEntry, nowMs: number): PaymentRecord | undefined {
  const { operation, account } = signed.entry
  if (operation.type !== 'pay' && operation.type !== 'reserve') return undefined
  return {
    payment: signed.hash,
    kind: operation.type,
    direction: 'in',
    counterparty: accountToPeerId(account),
    amount: operation.type === 'pay' ? operation.amount : operation.cap,
    fromCredit: operation.fromCredit,
    createdAtMs: nowMs,
    expiresAtMs: operation.expiresAtMs,
    phase: 'certified',
    entryWire: signed.wire,
    certificateWire: encodeCertificate(certificate),
    voucher: undefined,
    usedAtMs: nowMs,
  }
}

/** The first few of them, each once. */
function someOf(peers: readonly PeerId[]): readonly PeerId[] {
  return [...new Set(peers)].slice(0, MAX_SUSPECTS)
}

function culpritOf({ proof }: Extract<FraudProof, { readonly type: 'fork-proof' }>): PeerId {
  return accountToPeerId(proof.e1.entry.account)
}
