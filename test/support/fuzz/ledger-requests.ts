import type { SignatureVerifier } from '../../../src/domain/identity/signature.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import {
  encodeLedgerRequest,
  MAX_LEDGER_REQUEST_BYTES,
  parseLedgerRequest,
  type LedgerRequest,
} from '../../../src/protocols/ledger.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { ann, bob } from './people.ts'
import { plainKind, type MessageKind } from './message-kind.ts'
import { fraudWiresOf } from './signed-kinds.ts'
import type { WireChecks } from './wire-checks.ts'

/** Valid requests of a network's people, of every type. */
export function ledgerRequests(story: FuzzStory): readonly LedgerRequest[] {
  const { certified } = story.network
  return [
    ...certified.map(({ signed }): LedgerRequest => ({ type: 'vote', entryWire: signed.wire })),
    { type: 'vote', entryWire: story.next.wire },
    { type: 'starter-grant', checkpoint: 0 },
    { type: 'head', account: ann.account, fromSeq: 0 },
    { type: 'payment', payment: story.paid.hash },
    ...certified.map(({ signed, certificate }): LedgerRequest => {
      return { type: 'certify', entryWire: signed.wire, certificateWire: encodeCertificate(certificate) }
    }),
    { type: 'inbox', account: undefined },
    { type: 'inbox', account: bob.account },
    { type: 'checkpoint', fromHeight: undefined },
    { type: 'checkpoint', fromHeight: 3 },
    { type: 'standing', account: ann.account },
    { type: 'facts', height: 2 },
    ...fraudWiresOf(story).map((proofWire): LedgerRequest => ({ type: 'fraud', proofWire })),
    { type: 'log', shard: 0, position: 1, sinceMs: 0 },
    { type: 'log', shard: 0, position: undefined, sinceMs: story.network.clock.nowMs() },
    { type: 'frauds', accounts: [ann.account, bob.account] },
    { type: 'header', height: 4 },
  ]
}

/** What peers ask authorities. */
export function ledgerRequestKinds(
  story: FuzzStory,
  checksBy: (verifier: SignatureVerifier) => WireChecks,
): readonly MessageKind[] {
  const requests = ledgerRequests(story)
  return [...new Set(requests.map(({ type }) => type))].map((type) =>
    plainKind(
      `ledger request: ${type}`,
      MAX_LEDGER_REQUEST_BYTES,
      requests.filter((request) => request.type === type),
      {
        encode: encodeLedgerRequest,
        parse: parseLedgerRequest,
        verify: (request, verifier) => verifyRequest(request, checksBy(verifier)),
      },
    ),
  )
}

async function verifyRequest(request: LedgerRequest, checks: WireChecks): Promise<unknown> {
  switch (request.type) {
    case 'vote':
      return checks.entry(request.entryWire)
    case 'certify':
      return checks.certifiedWires(request.entryWire, request.certificateWire)
    case 'fraud':
      return checks.fraud(request.proofWire)
    case 'starter-grant':
    case 'head':
    case 'payment':
    case 'inbox':
    case 'checkpoint':
    case 'standing':
    case 'facts':
    case 'log':
    case 'frauds':
    case 'header':
      return undefined
  }
}
