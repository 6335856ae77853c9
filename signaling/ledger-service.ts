import { peerIdToAccount, type PeerId } from '../src/domain/identity/account.ts'
import type { Certificate } from '../src/domain/ledger/certificate.ts'
import type { SignedEntry } from '../src/domain/ledger/entry.ts'
import { encodeLedgerGossip } from '../src/protocols/ledger-gossip.ts'
import {
  encodeGrantReply,
  encodeHeadReply,
  encodePaymentReply,
  encodeVoteReply,
  parseLedgerRequest,
} from '../src/protocols/ledger.ts'
import type { Authority } from './authority.ts'

/**
 * Answers one request of `/loremesh/ledger/1.0.0`. A starter grant is for the peer that the connection authenticated;
 * everything else is public. Throws what becomes the refusal.
 */
export function createLedgerService(authority: Authority) {
  return (body: Uint8Array, from: PeerId): Uint8Array => {
    const request = parseLedgerRequest(body)
    switch (request.type) {
      case 'vote':
        return encodeVoteReply(authority.vote(request.entryWire))
      case 'starter-grant':
        return encodeGrantReply(authority.starterGrant(peerIdToAccount(from)))
      case 'head':
        return encodeHeadReply(authority.head(request.account, request.fromSeq))
      case 'payment':
        return encodePaymentReply(authority.payment(request.payment))
    }
  }
}

/** What is gossiped about a certified entry, so that its counterparties learn of it: the entry, then its certificate. */
export function gossipOf(signed: SignedEntry, certificate: Certificate): readonly Uint8Array[] {
  return [
    encodeLedgerGossip({ type: 'entry', signed }),
    encodeLedgerGossip({ type: 'certificate', certificate }),
  ]
}
