import { peerIdToAccount, type Account, type PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { createRateLimiter, type RateLimit } from '../src/domain/kernel/token-bucket.ts'
import { encodeLogReply } from '../src/protocols/authority.ts'
import {
  encodeCheckpointReply,
  encodeDoneReply,
  encodeFactsReply,
  encodeFraudsReply,
  encodeGrantReply,
  encodeHeaderReply,
  encodeHeadReply,
  encodeInboxReply,
  encodePaymentReply,
  encodeStandingReply,
  encodeVoteReply,
  MAX_PUBLIC_LOG_BYTES,
  type CheckpointAnswer,
  type StandingAnswer,
} from '../src/protocols/ledger-replies.ts'
import { parseLedgerRequest } from '../src/protocols/ledger.ts'
import type { Authority } from './authority/authority.ts'
import type { Replication } from './authority/replication.ts'

/** Parts of the log that one peer gets: 65,536 entries at once, and 4,096 a second. */
const PEER_LOG_RATE: RateLimit = { burst: 128, perSecond: 8 }
/** Parts of the log that all peers together get: keys cost nothing, so one peer may have many. */
const LOG_RATE: RateLimit = { burst: 512, perSecond: 64 }

/** The final checkpoints of an authority. */
export interface CheckpointArchive {
  /**
   * The newest one, with the headers that link it to the one at `fromHeight` when that is given and lower; undefined
   * before the first.
   */
  newest(fromHeight: number | undefined): Promise<CheckpointAnswer | undefined>
  /** An account in the newest one; undefined when it is not in it. */
  standing(account: Account): Promise<StandingAnswer | undefined>
  /** Wire form of a checkpoint's facts; undefined for a height that is not known. */
  facts(height: number): Promise<Uint8Array | undefined>
}

/**
 * Answers one request of `/loremesh/ledger/1.0.0`. A starter grant is for the peer that the connection authenticated;
 * everything else is public. Throws what becomes the refusal.
 */
export function createLedgerService({
  authority,
  replication,
  checkpoints,
}: {
  readonly authority: Authority
  readonly replication: Pick<Replication, 'whenCaughtUp'>
  readonly checkpoints: CheckpointArchive
}) {
  const ofPeer = createRateLimiter(PEER_LOG_RATE, () => performance.now())
  const ofAll = createRateLimiter(LOG_RATE, () => performance.now())

  /** Parts of a log are large, so fewer of them are given than of other answers. */
  function requireShare(from: PeerId): void {
    if (ofPeer.take(from) && ofAll.take('all')) return
    throw new LoremeshError('rate-limited', 'Too much is read of the log', 'Try again in a moment')
  }

  return async (body: Uint8Array, from: PeerId): Promise<Uint8Array> => {
    const request = parseLedgerRequest(body)
    switch (request.type) {
      case 'vote': {
        const { entryWire } = request
        return encodeVoteReply(await replication.whenCaughtUp(() => authority.vote(entryWire)))
      }
      case 'certify': {
        const { entryWire, certificateWire } = request
        await replication.whenCaughtUp(() => authority.certify(entryWire, certificateWire))
        return encodeDoneReply()
      }
      case 'starter-grant':
        return encodeGrantReply(await authority.starterGrant(peerIdToAccount(from), request.checkpoint))
      case 'head':
        return encodeHeadReply(await authority.head(request.account, request.fromSeq))
      case 'payment':
        return encodePaymentReply(await authority.payment(request.payment))
      case 'inbox':
        return encodeInboxReply(await authority.inbox(request.account ?? peerIdToAccount(from)))
      case 'checkpoint':
        return encodeCheckpointReply(await checkpoints.newest(request.fromHeight))
      case 'standing':
        return encodeStandingReply(await checkpoints.standing(request.account))
      case 'facts':
        return encodeFactsReply(await checkpoints.facts(request.height))
      case 'log': {
        const { shard, position, sinceMs } = request
        requireShare(from)
        const start = position ?? (await authority.positionSince(shard, sinceMs))
        return encodeLogReply(await authority.log(shard, start, MAX_PUBLIC_LOG_BYTES))
      }
      case 'frauds':
        return encodeFraudsReply(await authority.fraudsOf(request.accounts))
      case 'header':
        return encodeHeaderReply(await authority.header(request.height))
      case 'fraud': {
        const { proofWire } = request
        await replication.whenCaughtUp(() => authority.reportFraud(proofWire))
        return encodeDoneReply()
      }
    }
  }
}
