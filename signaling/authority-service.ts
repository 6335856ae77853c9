import { accountToPeerId, type PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import {
  encodeCheckpointWiresReply,
  encodeHashesReply,
  encodeLogReply,
  encodeProposalReply,
  encodeReceivedReply,
  parseAuthorityRequest,
  type CheckpointWires,
} from '../src/protocols/authority.ts'
import type { Authority } from './authority/authority.ts'

/** An authority's part in the agreement on checkpoints, as the others see it. */
export interface AgreementPart {
  /** Takes a message of the authority with this index. Throws what it refuses a message with. */
  receive(messageWire: Uint8Array, from: number): Promise<void>
  /** A proposal by its hash, 32 bytes; undefined for one that is not known. */
  proposal(hash: Uint8Array): Promise<Uint8Array | undefined>
  /** A final checkpoint; undefined for a height that is not known. */
  checkpoint(height: number): Promise<CheckpointWires | undefined>
}

/**
 * Answers one request of `/loremesh/authority/1.0.0`, of the network's other authorities only: `unsupported` for everybody
 * else. Throws what becomes the refusal.
 */
export function createAuthorityService({
  genesis,
  authority,
  agreement,
}: {
  readonly genesis: Genesis
  readonly authority: Pick<Authority, 'log' | 'logHashes'>
  readonly agreement: AgreementPart
}) {
  const indexes = new Map(genesis.authorities.map((key, index) => [accountToPeerId(key), index]))

  return async (body: Uint8Array, from: PeerId): Promise<Uint8Array> => {
    const index = indexes.get(from)
    if (index === undefined) {
      throw new LoremeshError('unsupported', 'Only the authorities of this network may ask this')
    }
    const request = parseAuthorityRequest(body)
    switch (request.type) {
      case 'log':
        return encodeLogReply(await authority.log(request.shard, request.fromPosition))
      case 'agreement':
        await agreement.receive(request.messageWire, index)
        return encodeReceivedReply()
      case 'proposal':
        return encodeProposalReply(await agreement.proposal(request.hash))
      case 'checkpoint':
        return encodeCheckpointWiresReply(await agreement.checkpoint(request.height))
      case 'hashes':
        return encodeHashesReply(await authority.logHashes(request.shard, request.fromPosition))
    }
  }
}
