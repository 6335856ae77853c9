import { accountToPeerId, peerIdToAccount, type PeerId } from '../../domain/identity/account.ts'
import { verifySignature } from '../../domain/identity/signature.ts'
import { LoremeshError, toLoremeshError, type ErrorCode } from '../../domain/kernel/errors.ts'
import { createCertificate, verifyCertificate, voteDigest } from '../../domain/ledger/certificate.ts'
import type { SignedEntry } from '../../domain/ledger/entry.ts'
import { networkIdOf, quorumOf, type Genesis } from '../../domain/ledger/genesis.ts'
import type { Vote } from '../../domain/ledger/vote.ts'
import type { Certifier } from '../../ports/certifier.ts'
import {
  encodeLedgerRequest,
  parseGrantReply,
  parseHeadReply,
  parsePaymentReply,
  parseVoteReply,
  type AccountChain,
  type LedgerRequest,
} from '../../protocols/ledger.ts'

/** Sends a request's body to an authority and gives the answer's. */
export type AskAuthority = (authority: PeerId, body: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>

/** Codes that say nothing about the request itself: another authority, or a later moment, may answer it. */
const noAnswer: ReadonlySet<ErrorCode> = new Set([
  'bad-certificate',
  'bad-encoding',
  'internal',
  'message-too-large',
  'not-connected',
  'not-ready',
  'rate-limited',
  'timeout',
  'truncated',
  'unsupported',
] satisfies ErrorCode[])

/** A certifier that asks the genesis' authorities, of which those in `authorities` can be reached. */
export function createLedgerCertifier(
  { ask, genesis }: { readonly ask: AskAuthority; readonly genesis: Genesis },
  { authorities }: { readonly authorities: readonly PeerId[] },
): Certifier {
  const indexes = new Map(genesis.authorities.map((key, index) => [accountToPeerId(key), index]))
  const reachable = authorities.filter((peerId) => indexes.has(peerId))

  async function send<T>(
    authority: PeerId,
    request: LedgerRequest,
    parse: (body: Uint8Array) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return parse(await ask(authority, encodeLedgerRequest(request), signal))
  }

  /** The answer of the first authority that has one. */
  async function sendToAny<T>(
    request: LedgerRequest,
    parse: (body: Uint8Array) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const failures: LoremeshError[] = []
    for (const authority of reachable) {
      try {
        return await send(authority, request, parse, signal)
      } catch (error) {
        const failure = toLoremeshError(error)
        if (!noAnswer.has(failure.code)) throw failure
        failures.push(failure)
      }
    }
    throw unreachable(failures)
  }

  /** An authority's vote, verified, so that a wrong one never spoils a certificate. */
  async function requestVote(
    authority: PeerId,
    signed: SignedEntry,
    signal: AbortSignal | undefined,
  ): Promise<Vote> {
    const vote = await send(authority, { type: 'vote', entryWire: signed.wire }, parseVoteReply, signal)
    const { account, seq } = signed.entry
    const digest = voteDigest(networkIdOf(genesis), account, seq, signed.hash)
    const isOwn = vote.authority === indexes.get(authority)
    if (!isOwn || !verifySignature(peerIdToAccount(authority), digest, vote.signature)) {
      throw new LoremeshError('bad-certificate', `Authority ${authority} sent a vote that it did not sign`)
    }
    return vote
  }

  /** A part of an account's chain whose every entry is certified. */
  async function requestChain(
    account: PeerId,
    fromSeq: number,
    signal: AbortSignal | undefined,
  ): Promise<AccountChain | undefined> {
    const request: LedgerRequest = { type: 'head', account: peerIdToAccount(account), fromSeq }
    const chain = await sendToAny(request, parseHeadReply, signal)
    chain?.entries.forEach(({ signed, certificate }) => verifyCertificate(certificate, signed, genesis))
    return chain
  }

  return {
    async certify(signed, signal) {
      const votes = reachable.map((authority) => requestVote(authority, signed, signal))
      return createCertificate(signed, await firstOf(votes, quorumOf(genesis)))
    },
    requestStarterGrant: (signal) => sendToAny({ type: 'starter-grant' }, parseGrantReply, signal),
    async head(account, sinceSeq, signal) {
      const entries: SignedEntry[] = []
      let state: AccountChain['state']
      do {
        const chain = await requestChain(account, (entries.at(-1)?.entry.seq ?? sinceSeq) + 1, signal)
        if (chain === undefined) return undefined
        state = chain.state
        if (chain.entries.length === 0) break
        entries.push(...chain.entries.map(({ signed }) => signed))
      } while ((entries.at(-1)?.entry.seq ?? 0) < state.seq)
      return { state, entries }
    },
    payment: (payment, signal) => sendToAny({ type: 'payment', payment }, parsePaymentReply, signal),
  }
}

/**
 * The first `count` results, in the order in which they came. When so many can't come any more it throws what an
 * authority refused with, else `authority-unreachable`.
 */
function firstOf<T>(attempts: readonly Promise<T>[], count: number): Promise<readonly T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = []
    const failures: LoremeshError[] = []
    const rejectIfHopeless = () => {
      if (attempts.length - failures.length >= count) return
      reject(failures.find(({ code }) => !noAnswer.has(code)) ?? unreachable(failures))
    }
    for (const attempt of attempts) {
      attempt.then(
        (result) => {
          if (results.push(result) === count) resolve(results)
        },
        (error: unknown) => {
          failures.push(toLoremeshError(error))
          rejectIfHopeless()
        },
      )
    }
    rejectIfHopeless()
  })
}

function unreachable(failures: readonly LoremeshError[]): LoremeshError {
  const [first] = failures
  const why = first === undefined ? 'none is configured' : first.message
  return new LoremeshError(
    first?.code === 'timeout' ? 'timeout' : 'authority-unreachable',
    `Not enough authorities answer: ${why}`,
    'Nothing is lost; try again when they are back',
    { cause: first },
  )
}
