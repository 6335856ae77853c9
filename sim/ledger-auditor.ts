import type { StoredCheckpoint } from '../signaling/authority-store/authority-store.ts'
import { parseCut } from '../signaling/checkpoints/cut.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import { sha256Digest } from '../src/domain/kernel/hashing.ts'
import { sumTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../src/domain/ledger/account-state.ts'
import { certificateSignatures, type Certificate } from '../src/domain/ledger/certificate.ts'
import {
  checkpointSignatures,
  parseCheckpointCertificate,
} from '../src/domain/ledger/checkpoint-certificate.ts'
import { parseHeader } from '../src/domain/ledger/checkpoint-codec.ts'
import { factsMatch, type CheckpointHeader } from '../src/domain/ledger/checkpoint.ts'
import { entryHashToDigest, type EntryHash, type SignedEntry } from '../src/domain/ledger/entry.ts'
import { parseFacts } from '../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../src/domain/ledger/fact.ts'
import { slotOf } from '../src/domain/ledger/fork-proof.ts'
import { beginningOf, type Genesis } from '../src/domain/ledger/genesis.ts'
import type { Removals } from '../src/domain/ledger/removals.ts'
import { entrySignatures } from '../src/domain/ledger/verify-entry.ts'
import { isVoided } from '../src/domain/ledger/void-place.ts'
import { areConserved, createLedgerFold, hasNegative, type FoldSums, type LedgerFold } from './ledger-fold.ts'
import type { MemoVerifier } from './memo-verifier.ts'

/** Somebody who sees everything, trusts nobody, and folds a ledger of their own of what was certified. */
export interface LedgerAuditor {
  readonly states: ReadonlyMap<string, AccountState>
  readonly payments: ReadonlyMap<EntryHash, Payment>
  /** Facts of all checkpoints about an account (hexadecimal), with their heights, oldest first. */
  factsAbout(account: string): readonly StatedFact[]
  /** The certified entry at a place, named by `slotOf`. */
  certifiedAt(slot: string): EntryHash | undefined
  readonly entries: number
  readonly height: number
  /** Entries that no checkpoint contains yet. */
  readonly beyondCheckpoint: number
  /** An honest authority took it over, or a peer gathered the certificate. */
  recordCertified(signed: SignedEntry, certificate: Certificate): void
  /** A checkpoint became final at an honest authority. */
  recordCheckpoint(stored: StoredCheckpoint): void
  /** Hexadecimal digest of all entries in the order in which they were certified, and of all checkpoints. */
  digest(): string
}

export interface StatedFact {
  readonly height: number
  readonly timeMs: number
  readonly fact: Fact
}

/** What must never happen is told to `onViolation`; payments that an entry made or settled, to `onSettled`. */
export interface AuditEvents {
  readonly onViolation: (violation: string) => void
  readonly onSettled?: (payments: readonly Payment[]) => void
}

/** Creates an auditor of an empty ledger. */
export function createLedgerAuditor(
  genesis: Genesis,
  { areSigned }: Pick<MemoVerifier, 'areSigned'>,
  { onViolation, onSettled }: AuditEvents,
): LedgerAuditor {
  const checkpoints = new Map<number, { readonly hash: string; readonly header: CheckpointHeader }>()
  const facts = new Map<string, StatedFact[]>()
  const slots = new Map<string, EntryHash>()
  /** Entries that no checkpoint contains, in the order in which they were certified: what an entry rests on comes before. */
  let beyond: SignedEntry[] = []
  let height = 0

  const lookup = {
    genesis,
    checkpoint: (at: number) => (at === 0 ? beginningOf(genesis) : checkpoints.get(at)?.header),
    slashed: (account: Uint8Array, after: number, upTo: number) =>
      sumTokens(
        about(bytesToHexText(account)).map(({ height: stated, fact }) =>
          fact.type === 'slash' && stated > after && stated <= upTo ? fact.amount : 0n,
        ),
      ),
  }
  let certified = createLedgerFold(lookup)
  const final = createLedgerFold(lookup)

  function about(account: string): readonly StatedFact[] {
    return facts.get(account) ?? []
  }

  /** Each checkpoint's are what its facts made of those before, or there was a violation. */
  function removals(): Removals {
    return checkpoints.get(height)?.header.removals ?? []
  }

  function applyTo(fold: LedgerFold, signed: SignedEntry): readonly Payment[] {
    const settled = fold.apply(signed)
    const sums = fold.sums()
    if (!areConserved(sums)) onViolation(`tokens came or went with ${signed.hash}`)
    if (hasNegative(sums)) onViolation(`something is negative after ${signed.hash}`)
    return settled
  }

  function verify(signed: SignedEntry, certificate: Certificate): void {
    const payment = (hash: EntryHash): Payment | undefined => certified.payments.get(hash)
    const signatures = [
      ...entrySignatures(signed, { genesis, payment, removals: removals() }),
      ...certificateSignatures(certificate, signed, genesis, removals()),
    ]
    if (!areSigned(signatures)) onViolation(`an entry with a wrong signature is certified: ${signed.hash}`)
  }

  /** Applies what the cut contains, and gives whether all of it was known. */
  function advanceTo(cut: ReadonlyMap<string, number>): boolean {
    const rest: SignedEntry[] = []
    for (const signed of beyond) {
      const { account, seq } = signed.entry
      if (seq <= (cut.get(bytesToHexText(account)) ?? -1)) applyTo(final, signed)
      else rest.push(signed)
    }
    beyond = rest
    return [...cut].every(([account, seq]) => final.states.get(account)?.seq === seq)
  }

  function state(fact: Fact, at: CheckpointHeader): void {
    if (fact.type === 'lapse') lapse(fact.payment)
    if (!('account' in fact)) return
    const account = bytesToHexText(fact.account)
    facts.set(account, [...about(account), { height: at.height, timeMs: at.timeMs, fact }])
  }

  /**
   * Whoever signed it may have gathered a certificate for what stands in a void place: nobody else has taken it, and it counts
   * no more.
   */
  function dropVoided(): void {
    const voided = beyond.filter(({ entry }) => isVoided(about(bytesToHexText(entry.account)), entry))
    if (voided.length === 0) return
    for (const { entry } of voided) slots.delete(slotOf(entry))
    beyond = beyond.filter((signed) => !voided.includes(signed))
    certified = createLedgerFold(lookup, final)
    for (const signed of beyond) applyTo(certified, signed)
  }

  function lapse(payment: EntryHash): void {
    const states = [certified.lapse(payment)?.state, final.lapse(payment)?.state]
    if (states.some((was) => was !== 'open')) {
      onViolation(`${payment} lapsed, though it was ${states.map(String).join(', ')}`)
    }
  }

  function addCheckpoint({ header: bytes, certificate, facts: factsWire, cut }: StoredCheckpoint): void {
    const { header, hash } = parseHeader(bytes)
    const known = checkpoints.get(header.height)
    if (known !== undefined) {
      if (known.hash !== hash) onViolation(`there are two checkpoints of height ${header.height}`)
      return
    }
    if (header.height !== height + 1) onViolation(`checkpoint ${header.height} follows upon ${height}`)
    const signed = { header, hash, bytes, certificate: parseCheckpointCertificate(certificate) }
    if (!areSigned(checkpointSignatures(signed, genesis, removals()))) {
      onViolation(`checkpoint ${header.height} is wrongly signed`)
    }
    const stated = parseFacts(factsWire)
    const { parameters } = checkpoints.get(height)?.header ?? beginningOf(genesis)
    const before = { minted: sumTokens([final.sums().minted]), parameters, removals: removals() }
    if (!factsMatch(before, header, stated)) {
      onViolation(`checkpoint ${header.height} mints without grants, or changes what its facts do not state`)
    }
    height = header.height
    checkpoints.set(height, { hash, header })
    const places = new Map(parseCut(cut).map(({ account, seq }) => [bytesToHexText(account), seq]))
    if (!advanceTo(places)) onViolation(`checkpoint ${height} contains what nobody has certified`)
    for (const fact of stated) state(fact, header)
    dropVoided()
    const wrong = differences(header, final.sums())
    if (wrong.length > 0) onViolation(`checkpoint ${height} has wrong sums: ${wrong.join(', ')}`)
  }

  function guarded(what: string, task: () => void): void {
    try {
      task()
    } catch (error) {
      onViolation(`${what}: ${toLoremeshError(error).message}`)
    }
  }

  return {
    get states() {
      return certified.states
    },
    get payments() {
      return certified.payments
    },
    factsAbout: about,
    certifiedAt: (slot) => slots.get(slot),
    get entries() {
      return slots.size
    },
    get height() {
      return height
    },
    get beyondCheckpoint() {
      return beyond.length
    },
    recordCertified(signed, certificate) {
      const slot = slotOf(signed.entry)
      const earlier = slots.get(slot)
      if (earlier === signed.hash || isVoided(about(bytesToHexText(signed.entry.account)), signed.entry))
        return
      if (earlier !== undefined) {
        onViolation(`two entries are certified at ${slot}`)
        return
      }
      slots.set(slot, signed.hash)
      guarded(`a bad entry is certified at ${slot}`, () => {
        verify(signed, certificate)
        const changed = applyTo(certified, signed)
        beyond.push(signed)
        onSettled?.(changed)
      })
    },
    recordCheckpoint: (stored) => guarded('a bad checkpoint is final', () => addCheckpoint(stored)),
    digest() {
      const entries = [...slots.values()].map(entryHashToDigest)
      const headers = [...checkpoints.values()].map(({ hash }) => Buffer.from(hash, 'hex'))
      return bytesToHexText(sha256Digest(Buffer.concat([...entries, ...headers])))
    },
  }
}

/** The sums in which a checkpoint differs from a ledger, by name. */
function differences(header: CheckpointHeader, sums: FoldSums): readonly string[] {
  return Object.entries(sums).flatMap(([name, amount]) =>
    header[name as keyof FoldSums] === amount ? [] : [name],
  )
}
