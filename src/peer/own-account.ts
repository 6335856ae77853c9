import type { Identity } from '../domain/identity/identity.ts'
import { isLoremeshError, LoremeshError, toLoremeshError, type ErrorCode } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import { applyEntry } from '../domain/ledger/apply-entry.ts'
import { encodeCertificate, type Certificate } from '../domain/ledger/certificate.ts'
import { collectEntry, openEntry } from '../domain/ledger/entry-builders.ts'
import { signEntry } from '../domain/ledger/entry-codec.ts'
import type { Entry, EntryHash, SignedEntry } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'

/** An own entry that is certified, with the certificate's bytes. */
export interface CertifiedEntry {
  readonly signed: SignedEntry
  readonly certificateWire: Uint8Array
}

/** What to write next: the entry, the payments it refers to, and the record to keep with it. */
interface Draft {
  readonly entry: Entry
  /** Payments that a claim or reclaim names. */
  readonly sources?: readonly Payment[]
  readonly record?: (signed: SignedEntry) => PaymentRecord
}

/** The only writer of the own chain. Entries are written one after another, each certified before the next is made. */
export interface OwnAccount {
  /** Sentence that says why nothing can be written at present; empty while all is well. */
  readonly notice: Readable<string>
  /** Certifies what earlier runs left, opens the account and collects the starter grant when these are missing. */
  prepare(signal?: AbortSignal): Promise<AccountState>
  /** Certifies an entry that an interrupted write left behind, or takes it back when it is refused by now. */
  finishEarlier(signal?: AbortSignal): Promise<void>
  /**
   * Appends the entry that `build` makes of the newest state and waits for its certificate. A definite refusal takes the
   * entry back. When no authority answers it stays and is certified later; the error is `authority-unreachable`.
   */
  write(build: (state: AccountState) => Draft, signal?: AbortSignal): Promise<CertifiedEntry>
}

/** Failures after which an entry may still become certified, so that it must be kept. */
const unknownOutcomes: readonly ErrorCode[] = [
  'aborted',
  'authority-unreachable',
  'internal',
  'not-connected',
  'rate-limited',
  'timeout',
  'truncated',
  // The authorities know less of the account than this peer does: they have lost entries, which may come back.
  'unknown-parent',
]

/** Creates the writer of the chain of `identity`. */
export function createOwnAccount(
  components: {
    readonly identity: Identity
    readonly ledgerStore: LedgerStore
    readonly certifier: Certifier
    readonly clock: Pick<Clock, 'nowMs'>
    readonly genesis: Genesis
  },
  options: { readonly onCertified: (certified: CertifiedEntry) => void },
): OwnAccount {
  const { identity, ledgerStore, certifier, clock, genesis } = components
  const notice = createWritable('')
  let queue: Promise<unknown> = Promise.resolve()

  /** Runs `task` after all earlier ones, so that two writes never start from one head. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = queue.then(task, task)
    queue = run.catch(() => undefined)
    return run
  }

  /**
   * Asks for the certificate of an own entry and keeps it. A refused entry is taken back, and the refusal is given.
   * Throws while it is unknown what becomes of the entry, and when a certificate that came can't be stored: the entry
   * is final then, so it stays and is asked for again.
   */
  async function conclude(
    signed: SignedEntry,
    signal?: AbortSignal,
  ): Promise<CertifiedEntry | LoremeshError> {
    let certificate: Certificate
    try {
      certificate = await certifier.certify(signed, signal)
    } catch (error) {
      const failure = toLoremeshError(error)
      if (!unknownOutcomes.includes(failure.code)) {
        await takeBack(signed, signal)
        return failure
      }
      if (failure.code !== 'aborted') notice.set(noticeOf(failure.code))
      throw error
    }
    const certificateWire = encodeCertificate(certificate)
    await ledgerStore.putCertificate(signed.hash, certificateWire)
    notice.set('')
    const certified = { signed, certificateWire }
    options.onCertified(certified)
    return certified
  }

  /**
   * Removes a refused entry, which is the newest one. The chain goes on where the authorities say that it ends: in a
   * restored profile, or where only the key was left, that is further on than the entry's own parent.
   */
  async function takeBack(signed: SignedEntry, signal?: AbortSignal): Promise<void> {
    const certified = await certifier.head(identity.peerId, signed.entry.seq, signal)
    await ledgerStore.discard(signed.hash, certified?.state)
  }

  async function finishEarlier(signal?: AbortSignal): Promise<void> {
    for (const signed of await ledgerStore.listUncertified()) await conclude(signed, signal)
  }

  async function appendAndCertify(
    draft: Draft,
    before: AccountState | undefined,
    signal?: AbortSignal,
  ): Promise<CertifiedEntry> {
    signal?.throwIfAborted()
    const signed = signEntry(identity, draft.entry)
    const sources = new Map((draft.sources ?? []).map((payment) => [payment.hash, payment]))
    const { state } = applyEntry(before, signed, {
      genesis,
      payment: (hash: EntryHash) => sources.get(hash),
    })
    await ledgerStore.append(signed, state, before?.head, draft.record?.(signed))
    const outcome = await conclude(signed, signal)
    if (isLoremeshError(outcome)) throw outcome
    return outcome
  }

  async function requireHead(): Promise<AccountState> {
    const state = await ledgerStore.head()
    if (state === undefined) {
      throw new LoremeshError(
        'not-ready',
        'The account is not open yet',
        'It opens by itself as soon as an authority answers',
      )
    }
    return state
  }

  async function collectStarterGrant(state: AccountState, signal?: AbortSignal): Promise<void> {
    if (state.grants.length > 0) return
    try {
      const grant = await certifier.requestStarterGrant(signal)
      await appendAndCertify({ entry: collectEntry(state, genesis, grant, clock.nowMs()) }, state, signal)
    } catch (error) {
      if (isLoremeshError(error, 'already-granted')) return
      if (!isLoremeshError(error, 'grants-exhausted')) throw error
      notice.set("Today's starter tokens are used up: they come with a later start. Earned tokens work.")
    }
  }

  return {
    notice,
    prepare: (signal) =>
      inTurn(async () => {
        await finishEarlier(signal)
        if ((await ledgerStore.head()) === undefined) {
          await appendAndCertify(
            { entry: openEntry(identity.account, genesis, clock.nowMs()) },
            undefined,
            signal,
          )
        }
        await collectStarterGrant(await requireHead(), signal)
        return requireHead()
      }),
    finishEarlier: (signal) => inTurn(() => finishEarlier(signal)),
    write: (build, signal) =>
      inTurn(async () => {
        await finishEarlier(signal)
        const state = await requireHead()
        return appendAndCertify(build(state), state, signal)
      }),
  }
}

/** Why payments wait, as a sentence. */
function noticeOf(code: ErrorCode): string {
  return code === 'unknown-parent'
    ? "The server's ledger lacks earlier entries of this account: payments wait until its operator brings them back."
    : 'No authority answers: payments wait until one does. Everything else works.'
}
