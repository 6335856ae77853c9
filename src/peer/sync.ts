import { accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { encodeCertificate, type CertifiedEntry } from '../domain/ledger/certificate.ts'
import { fraudIdOf, parseFraudProof } from '../domain/ledger/fraud-proof.ts'
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
/** Counterparties of the last payments about whose frauds is asked. */
const COUNTERPARTIES = 32

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
    const parties = new Set<PeerId>()
    for (const { counterparty } of await ledgerStore.listPayments()) {
      if (parties.size < COUNTERPARTIES) parties.add(counterparty)
    }
    const frauds = await certifier.frauds([...parties], signal)
    for (const fraud of frauds) await forkWatch.judge(fraud)
    await tellMissing(new Set(frauds.map(fraudIdOf)), parties, signal)
  }

  /**
   * Shows the authorities the proofs about these peers that they don't act on: whoever alone could put one together may have
   * lost power before it told anybody.
   */
  async function tellMissing(
    known: ReadonlySet<string>,
    parties: ReadonlySet<PeerId>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const wire of await ledgerStore.listForkProofs()) {
      const fraud = parseFraudProof(wire)
      if (fraud.type !== 'fork-proof' || known.has(fraudIdOf(fraud))) continue
      if (!parties.has(accountToPeerId(fraud.proof.e1.entry.account))) continue
      // Those that have dealt with it, or can't yet, say so.
      await certifier.reportFraud(fraud, signal).catch(() => undefined)
    }
  }

  async function run(signal: AbortSignal | undefined): Promise<void> {
    await account.prepare(signal)
    await checkpoints.locateSelf(signal)
    await takeInbox(signal)
    await takeFrauds(signal)
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
