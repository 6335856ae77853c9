import { accountToPeerId, peerIdToAccount, type PeerId } from '../../domain/identity/account.ts'
import type { SignatureVerifier } from '../../domain/identity/signature.ts'
import { bytesEqual } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { voteDigest } from '../../domain/ledger/certificate.ts'
import type { SignedEntry } from '../../domain/ledger/entry.ts'
import { networkIdOf, type Genesis } from '../../domain/ledger/genesis.ts'
import { grantDigest, parseGrant } from '../../domain/ledger/grant.ts'
import { removedAt, type Removals } from '../../domain/ledger/removals.ts'
import type { Vote } from '../../domain/ledger/vote.ts'
import { encodeLedgerRequest } from '../../protocols/ledger.ts'
import { parseGrantReply, parseVoteReply } from '../../protocols/ledger-replies.ts'

/** Sends a request to one authority; throws `parse`'s errors as those of a wrong answer. */
export type SendToAuthority = <T>(
  authority: PeerId,
  request: Uint8Array,
  parse: (body: Uint8Array) => T | Promise<T>,
  signal: AbortSignal | undefined,
) => Promise<T>

/** Asks authorities for their votes, each of which is checked, so that a wrong one never spoils a certificate. */
export interface AuthorityVotes {
  /** Votes for an entry, each as soon as it comes. */
  forEntry(signed: SignedEntry, signal: AbortSignal | undefined): readonly Promise<Vote>[]
  /** Signatures under the own starter grant, which is `grantBytes`. */
  forGrant(
    grant: { readonly checkpoint: number; readonly grantBytes: Uint8Array },
    signal: AbortSignal | undefined,
  ): readonly Promise<Vote>[]
}

/** Creates it; of the `reachable` authorities those are asked that are not removed at the checkpoint that is named. */
export function createAuthorityVotes(
  {
    send,
    genesis,
    verifier,
  }: { readonly send: SendToAuthority; readonly genesis: Genesis; readonly verifier: SignatureVerifier },
  options: {
    readonly reachable: readonly PeerId[]
    readonly removals: () => Removals
    /** Called before an authority is asked to vote for an entry. */
    readonly onAsking: (authority: PeerId) => void
  },
): AuthorityVotes {
  const indexes = new Map(genesis.authorities.map((key, index) => [accountToPeerId(key), index]))

  /** Throws `bad-certificate` unless the authority signed itself. */
  async function checkVote(authority: PeerId, vote: Vote, message: Uint8Array): Promise<void> {
    const { signature } = vote
    const signed = { account: peerIdToAccount(authority), message, signature }
    if (vote.authority === indexes.get(authority) && (await verifier.verify([signed]))) return
    throw new LoremeshError('bad-certificate', 'it did not sign its vote')
  }

  /** The authorities whose votes count under what names a checkpoint. */
  function votersAt(checkpoint: number): readonly PeerId[] {
    const removed = removedAt(options.removals(), checkpoint)
    return options.reachable.filter((peerId) => !removed.has(indexes.get(peerId) ?? -1))
  }

  return {
    forEntry(signed, signal) {
      const { account, seq, checkpoint } = signed.entry
      const digest = voteDigest(networkIdOf(genesis), account, seq, signed.hash)
      const request = encodeLedgerRequest({ type: 'vote', entryWire: signed.wire })
      return votersAt(checkpoint).map((authority) => {
        options.onAsking(authority)
        const parse = async (body: Uint8Array): Promise<Vote> => {
          const vote = parseVoteReply(body)
          await checkVote(authority, vote, digest)
          return vote
        }
        return send(authority, request, parse, signal)
      })
    },

    forGrant({ checkpoint, grantBytes }, signal) {
      const request = encodeLedgerRequest({ type: 'starter-grant', checkpoint })
      return votersAt(checkpoint).map((authority) => {
        const parse = async (body: Uint8Array): Promise<Vote> => {
          const { bytes, votes } = parseGrant(parseGrantReply(body))
          const [vote] = votes
          if (vote === undefined || !bytesEqual(bytes, grantBytes)) {
            throw new LoremeshError('bad-entry', 'this is not the starter grant of this account')
          }
          await checkVote(authority, vote, grantDigest(bytes))
          return vote
        }
        return send(authority, request, parse, signal)
      })
    },
  }
}
