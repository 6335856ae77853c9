import type { SignatureVerifier, SignedMessage } from '../identity/signature.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import {
  valueIdToBytes,
  type AgreementMessage,
  type AgreementVote,
  type Polka,
  type UnsignedStatement,
} from './agreement-message.ts'
import { networkIdOf, type Genesis } from './genesis.ts'
import { voteSignatures, type Vote } from './vote.ts'

/** A value that a quorum of authorities agreed on, and their precommits of one round, which prove it to everybody. */
export interface Decision {
  readonly height: number
  readonly round: number
  readonly valueId: string
  /** Of at least 2f+1 authorities, in their order. */
  readonly precommits: readonly Vote[]
}

const nobody: ReadonlySet<number> = new Set()

/**
 * What an authority signs. Votes: tagged digest `prevote` or `precommit` of cbor([network, height, round, id or null]).
 * Proposals: tagged digest `proposal` of cbor([network, height, round, id, validRound or null]).
 */
export function statementDigest(network: Uint8Array, statement: UnsignedStatement): Uint8Array {
  if (statement.kind !== 'proposal') return voteDigest(network, statement)
  const { height, round, value, validRound } = statement
  const provenRound = validRound < 0 ? null : validRound
  return taggedDigest('proposal', encodeCbor([network, height, round, valueIdToBytes(value.id), provenRound]))
}

function voteDigest(
  network: Uint8Array,
  { kind, height, round, valueId }: Omit<AgreementVote, 'authority' | 'signature'>,
): Uint8Array {
  return taggedDigest(kind, encodeCbor([network, height, round, valueIdToBytes(valueId)]))
}

/**
 * Checks that a message, and the prevotes inside it, are signed by authorities of the genesis that are not `removed`.
 * Throws `bad-signature`, or `bad-certificate` for a proof with too few prevotes.
 */
export async function verifyAgreementMessage(
  message: AgreementMessage,
  genesis: Genesis,
  verifier: SignatureVerifier,
  removed = nobody,
): Promise<void> {
  if (!(await verifier.verify(messageSignatures(message, genesis, removed)))) {
    throw new LoremeshError('bad-signature', `The ${message.kind} is not signed by who it names`)
  }
}

function messageSignatures(
  message: AgreementMessage,
  genesis: Genesis,
  removed: ReadonlySet<number>,
): readonly SignedMessage[] {
  if (message.kind === 'polka') return polkaSignatures(message, genesis, removed)
  const { authority, signature } = message
  const account = genesis.authorities[authority]
  if (account === undefined || removed.has(authority)) {
    throw new LoremeshError('bad-signature', `There is no authority ${authority}`)
  }
  const own = { account, message: statementDigest(networkIdOf(genesis), message), signature }
  if (message.kind !== 'proposal' || message.validRound < 0) return [own]
  return [own, ...polkaSignatures({ ...message, round: message.validRound }, genesis, removed)]
}

function polkaSignatures(
  { height, round, value, prevotes }: Omit<Polka, 'kind'>,
  genesis: Genesis,
  removed: ReadonlySet<number>,
): readonly SignedMessage[] {
  const vote = { kind: 'prevote', height, round, valueId: value.id } as const
  return voteSignatures(prevotes, voteDigest(networkIdOf(genesis), vote), genesis, removed)
}

/**
 * Checks that a quorum of the genesis' authorities, without those `removed`, decided for the value. Throws
 * `bad-certificate`.
 */
export async function verifyDecision(
  { height, round, valueId, precommits }: Decision,
  genesis: Genesis,
  verifier: SignatureVerifier,
  removed = nobody,
): Promise<void> {
  const digest = voteDigest(networkIdOf(genesis), { kind: 'precommit', height, round, valueId })
  if (!(await verifier.verify(voteSignatures(precommits, digest, genesis, removed)))) {
    throw new LoremeshError('bad-certificate', 'Not every precommit is signed by its authority')
  }
}
