import type { Account } from '../identity/account.ts'
import { bytesToHexText } from '../kernel/bytes.ts'
import type { SignedEntry } from '../ledger/entry.ts'
import { forkIdOf } from '../ledger/fork-proof.ts'
import type { FraudProof } from '../ledger/fraud-proof.ts'

/** Forks of one account that are kept: with the first it is frozen already, and with the second it was no accident. */
const MAX_FORKS_OF_ACCOUNT = 4
/** Accounts kept. Anybody can make keys and fork their chains: the one that was heard of longest ago gives way. */
const MAX_ACCOUNTS = 16_384
/**
 * An account that has an entry certified which names a checkpoint this much higher than the newest one that was known when
 * its fork was: the authorities have frozen it by the next checkpoint but one, so that they have thawed it since.
 */
const THAWED_AFTER_CHECKPOINTS = 3

/** The verified proofs of fraud that were seen, and what they mean for whoever deals with an account. */
export interface KnownFrauds {
  /** Whether the proof tells something that is not known yet. */
  isNew(fraud: FraudProof): boolean
  /** Keeps a verified proof. `checkpoint` is the height of the newest checkpoint known now. */
  add(fraud: FraudProof, checkpoint: number): void
  /** Whether the account has forked and was not thawed since. */
  isFrozen(account: Account): boolean
  /** Takes note of a certified entry, which shows that its account was thawed if it is new enough. */
  noteCertified(signed: SignedEntry): void
}

interface Forker {
  readonly forks: Set<string>
  isFrozen: boolean
  /** Height of the newest checkpoint known when it was frozen. */
  frozenAt: number
}

/** Knows of no fraud yet. */
export function createKnownFrauds(): KnownFrauds {
  const forkers = new Map<string, Forker>()
  const authorities = new Set<number>()

  return {
    isNew(fraud) {
      if (fraud.type === 'double-vote') return !authorities.has(fraud.evidence.authority)
      const forks = forkers.get(bytesToHexText(fraud.proof.e1.entry.account))?.forks
      if (forks === undefined) return true
      return forks.size < MAX_FORKS_OF_ACCOUNT && !forks.has(forkIdOf(fraud.proof))
    },
    add(fraud, checkpoint) {
      if (fraud.type === 'double-vote') {
        authorities.add(fraud.evidence.authority)
        return
      }
      const key = bytesToHexText(fraud.proof.e1.entry.account)
      const forks = (forkers.get(key)?.forks ?? new Set<string>()).add(forkIdOf(fraud.proof))
      forkers.delete(key)
      forkers.set(key, { forks, isFrozen: true, frozenAt: checkpoint })
      const [oldest] = forkers.keys()
      if (oldest !== undefined && forkers.size > MAX_ACCOUNTS) forkers.delete(oldest)
    },
    isFrozen: (account) => forkers.get(bytesToHexText(account))?.isFrozen === true,
    noteCertified({ entry: { account, checkpoint } }) {
      const forker = forkers.get(bytesToHexText(account))
      if (forker !== undefined && checkpoint >= forker.frozenAt + THAWED_AFTER_CHECKPOINTS) {
        forker.isFrozen = false
      }
    },
  }
}
