import type { Identity } from '../domain/identity/identity.ts'
import { isLoremeshError, LoremeshError, toLoremeshError, type ErrorCode } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import { encodeCertificate, type Certificate } from '../domain/ledger/certificate.ts'
import { collectEntry, openEntry, type Moment } from '../domain/ledger/entry-builders.ts'
import type { LedgerLookup } from '../domain/ledger/effect.ts'
import { signEntry } from '../domain/ledger/entry-codec.ts'
import { isSpend, type Entry, type SignedEntry } from '../domain/ledger/entry.ts'
import { isFinalRefusal } from '../domain/ledger/refusal.ts'
import { stateAfter } from '../domain/ledger/state-after.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'
import type { LedgerView } from './ledger-view.ts'
import { createOwnChain } from './own-chain.ts'

/** An own entry that is certified, with the certificate's bytes. */
export interface CertifiedOwnEntry {
  readonly signed: SignedEntry
  readonly certificateWire: Uint8Array
}

/** What to write next: the entry, and the record to keep with it. */
interface Draft {
  readonly entry: Entry
  readonly record?: (signed: SignedEntry) => PaymentRecord | undefined
}

/** Makes a draft of the newest state. `lookup` knows the payments that `sources` named. */
type BuildDraft = (state: AccountState, at: Moment, lookup: LedgerLookup) => Draft

/** The only writer of the own chain. Entries are written one after another. */
export interface OwnAccount {
  /** Sentence that says why nothing can be written at present; empty while all is well. */
  readonly notice: Readable<string>
  /**
   * Takes in what the network knows of the own chain, certifies what earlier runs left, opens the account and collects
   * the starter grant when these are missing.
   */
  prepare(signal?: AbortSignal): Promise<AccountState>
  /** Certifies entries that interrupted writes left behind, or takes one back that is refused by now. */
  finishEarlier(signal?: AbortSignal): Promise<void>
  /**
   * Appends the entry that `build` makes of the newest state and waits for its certificate. A refusal for good takes it
   * back, unless it is a spend: somebody may count on that one already, so it stays for ever. When no quorum answers it
   * stays and is certified later; the error is `authority-unreachable`. Further spends may follow it meanwhile.
   */
  write(
    build: BuildDraft,
    options?: { readonly sources?: readonly Payment[]; readonly signal?: AbortSignal },
  ): Promise<CertifiedOwnEntry>
}

/** Spends without a certificate that may follow one another while no quorum answers. */
const MAX_UNCERTIFIED = 8

/** Creates the writer of the chain of `identity`. */
export function createOwnAccount(
  components: {
    readonly identity: Identity
    readonly ledgerStore: LedgerStore
    readonly certifier: Certifier
    readonly view: LedgerView
  },
  options: { readonly onCertified: (certified: CertifiedOwnEntry) => void },
): OwnAccount {
  const { identity, ledgerStore, certifier, view } = components
  const chain = createOwnChain(components)
  const notice = createWritable('')
  let queue: Promise<unknown> = Promise.resolve()

  /** Runs `task` after all earlier ones, so that two writes never start from one head. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = queue.then(task, task)
    queue = run.catch(() => undefined)
    return run
  }

  /**
   * Asks for the certificate of an own entry and keeps it. Gives the refusal when it was refused for good. Throws while it
   * is unknown what becomes of the entry, and when a certificate that came can't be stored: the entry is final then, so
   * it stays and is asked for again.
   */
  async function conclude(
    signed: SignedEntry,
    signal?: AbortSignal,
  ): Promise<CertifiedOwnEntry | LoremeshError> {
    let certificate: Certificate
    try {
      certificate = await certifier.certify(signed, signal)
    } catch (error) {
      const failure = toLoremeshError(error)
      if (!isFinalRefusal(failure.code)) {
        if (failure.code !== 'aborted') notice.set(noticeOf(failure.code))
        throw error
      }
      if (isSpend(signed.entry)) await chain.catchUp(signal)
      else await chain.takeBack(signed, signal)
      return failure
    }
    const certificateWire = encodeCertificate(certificate)
    await ledgerStore.putCertificate(signed.hash, certificateWire)
    notice.set('')
    const certified = { signed, certificateWire }
    options.onCertified(certified)
    return certified
  }

  async function finishEarlier(signal?: AbortSignal): Promise<void> {
    for (const signed of await ledgerStore.listUncertified()) {
      const outcome = await conclude(signed, signal)
      // What follows a refused entry in the chain is refused with it: begin again at what is left.
      if (isLoremeshError(outcome) && isSpend(signed.entry)) throw outcome
    }
  }

  async function append(draft: Draft, before: AccountState | undefined): Promise<SignedEntry> {
    const signed = signEntry(identity, draft.entry)
    await ledgerStore.append(signed, stateAfter(signed, before), before?.head, draft.record?.(signed))
    return signed
  }

  async function appendAndCertify(
    draft: Draft,
    before: AccountState | undefined,
    signal?: AbortSignal,
  ): Promise<CertifiedOwnEntry> {
    signal?.throwIfAborted()
    const outcome = await conclude(await append(draft, before), signal)
    if (isLoremeshError(outcome)) throw outcome
    return outcome
  }

  async function requireHead(): Promise<AccountState> {
    const state = await ledgerStore.head()
    if (state === undefined || !chain.isCaughtUp()) {
      throw new LoremeshError(
        'not-ready',
        'The account is not open yet',
        'It opens by itself as soon as an authority answers',
      )
    }
    if (state.frozen) {
      throw new LoremeshError('account-frozen', 'This account is frozen: it signed two entries at one place')
    }
    return state
  }

  async function collectStarterGrant(state: AccountState, signal?: AbortSignal): Promise<void> {
    if (state.grants.length > 0) return
    try {
      const grant = await certifier.requestStarterGrant(signal)
      await appendAndCertify(
        { entry: collectEntry(state, grant, view.moment(), view.lookup()) },
        state,
        signal,
      )
    } catch (error) {
      if (isLoremeshError(error, 'already-granted')) return
      if (!isLoremeshError(error, 'grants-exhausted')) throw error
      notice.set("Today's starter tokens are used up: they come with a later start. Earned tokens work.")
    }
  }

  /** Without a quorum a spend may follow others that wait for their certificate: who is paid trusts within a credit line. */
  async function finishEarlierOr(
    mayFollow: (failure: LoremeshError) => Promise<boolean>,
    signal?: AbortSignal,
  ) {
    try {
      await finishEarlier(signal)
    } catch (error) {
      const failure = toLoremeshError(error)
      if (isFinalRefusal(failure.code) || failure.code === 'aborted' || !(await mayFollow(failure)))
        throw error
    }
  }

  async function endsInFewSpends(): Promise<boolean> {
    const waiting = await ledgerStore.listUncertified()
    return waiting.length < MAX_UNCERTIFIED && waiting.every(({ entry }) => isSpend(entry))
  }

  return {
    notice,
    prepare: (signal) =>
      inTurn(async () => {
        await chain.catchUp(signal)
        await finishEarlier(signal)
        if ((await ledgerStore.head()) === undefined) {
          const entry = openEntry(identity.account, view.moment(), view.lookup())
          await appendAndCertify({ entry }, undefined, signal)
        }
        await collectStarterGrant(await requireHead(), signal)
        return requireHead()
      }),
    finishEarlier: (signal) => inTurn(() => finishEarlier(signal)),
    write: (build, { sources = [], signal } = {}) =>
      inTurn(async () => {
        await finishEarlierOr(endsInFewSpends, signal)
        const state = await requireHead()
        const draft = build(state, view.moment(), view.lookup(sources))
        if ((await ledgerStore.listUncertified()).length > 0) {
          if (!isSpend(draft.entry)) throw waitsForQuorum()
          await append(draft, state)
          throw waitsForQuorum()
        }
        return appendAndCertify(draft, state, signal)
      }),
  }
}

function waitsForQuorum(): LoremeshError {
  return new LoremeshError(
    'authority-unreachable',
    'Earlier entries wait for the authorities',
    'Nothing is lost; they are certified as soon as enough authorities answer',
  )
}

/** Why payments wait, as a sentence. */
function noticeOf(code: ErrorCode): string {
  return code === 'unknown-parent'
    ? 'The authorities lack earlier entries of this account: payments wait until they have them.'
    : 'Too few authorities answer: payments wait until they do. Peers serve on within their credit lines.'
}
