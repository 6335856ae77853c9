import type { Account } from '../../src/domain/identity/account.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import { encodeAccountProof } from '../../src/domain/ledger/account-proof.ts'
import { headersBetween } from '../../src/domain/ledger/skip-links.ts'
import type { CheckpointWires } from '../../src/protocols/authority.ts'
import type { CheckpointAnswer, StandingAnswer } from '../../src/protocols/ledger-replies.ts'
import type { AuthorityStore, StoredCheckpoint } from '../authority-store/authority-store.ts'
import { leafOf, type FinalLedger } from './final-ledger.ts'
import type { StoredHeaders } from './stored-headers.ts'

/** What an authority tells about final checkpoints. */
export interface CheckpointAnswers {
  /**
   * The newest one, with the headers that link it to the one at `fromHeight` when that is given and lower; undefined before
   * the first.
   */
  newest(fromHeight: number | undefined): Promise<CheckpointAnswer | undefined>
  /** An account in the newest one; undefined when it is not in it. */
  standing(account: Account): Promise<StandingAnswer | undefined>
  /** What the newest one says of an account; undefined when it is not in it. */
  leaf(account: Account): AccountLeaf | undefined
  /** Wire form of a checkpoint's facts; undefined for a height that is not known. */
  facts(height: number): Promise<Uint8Array | undefined>
  /** A whole checkpoint, for another authority; undefined for a height that is not known. */
  checkpoint(height: number): Promise<CheckpointWires | undefined>
}

/** Answers from the store, and from the newest ledger in memory. */
export function createCheckpointAnswers(
  { home }: Pick<AuthorityStore, 'home'>,
  headers: StoredHeaders,
  final: () => FinalLedger,
): CheckpointAnswers {
  function read(height: number): Promise<StoredCheckpoint | undefined> {
    return home.transaction((transaction) => transaction.checkpoint(height))
  }

  return {
    async newest(fromHeight) {
      const { height } = final()
      const newest = await read(height)
      if (newest === undefined) return undefined
      const older = fromHeight === undefined ? [] : headersBetween(fromHeight, height).slice(1)
      const links = await headers.read(older)
      const olderHeaders = older.flatMap((at) => links.get(at)?.bytes ?? [])
      return { header: newest.header, certificate: newest.certificate, olderHeaders }
    },

    async standing(account) {
      const { height, tree } = final()
      const proof = tree.proofOf(account)
      const newest = proof && (await read(height))
      if (proof === undefined || newest === undefined) return undefined
      const { header, certificate } = newest
      return { header, certificate, proof: encodeAccountProof(proof) }
    },

    leaf: (account) => leafOf(final(), account),

    async facts(height) {
      return (await read(height))?.facts
    },

    checkpoint: read,
  }
}
