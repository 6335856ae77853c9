import { parseLedgerRequest, type LedgerRequest } from '../../../../src/protocols/ledger.ts'
import { memberAt, type Federation } from '../../../support/federation.ts'

/** Lets an authority answer otherwise: `change` gets the request and what it would have answered honestly. */
export function corrupt(
  federation: Federation,
  index: number,
  change: (request: LedgerRequest, honest: () => Promise<Uint8Array>) => Promise<Uint8Array> | Uint8Array,
): void {
  const member = memberAt(federation, index)
  const { answerPeer } = member
  member.answerPeer = async (body, from) => change(parseLedgerRequest(body), () => answerPeer(body, from))
}
