import { accountToPeerId, peerIdToAccount, type Account, type PeerId } from '../../domain/identity/account.ts'
import { verifySignature } from '../../domain/identity/signature.ts'
import { bytesEqual } from '../../domain/kernel/bytes.ts'
import { LoremeshError, toLoremeshError, type ErrorCode } from '../../domain/kernel/errors.ts'
import type { Payment } from '../../domain/ledger/account-state.ts'
import { createCertificate, verifyCertificate, voteDigest } from '../../domain/ledger/certificate.ts'
import { verifyEntry } from '../../domain/ledger/entry-codec.ts'
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
  'authority-unreachable',
  'internal',
  'not-connected',
  'rate-limited',
  'timeout',
  'truncated',
] satisfies ErrorCode[])

/** Answers of at most 24 entries that make up one chain; a longer one is not read to its end. */
const MAX_CHAIN_ANSWERS = 1_000

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
    const body = await ask(authority, encodeLedgerRequest(request), signal)
    try {
      return parse(body)
    } catch (cause) {
      // Not a refusal: what the authority did with the request is unknown.
      throw new LoremeshError(
        'authority-unreachable',
        `Authority ${authority} gave a wrong answer: ${toLoremeshError(cause).message}`,
        '',
        { cause },
      )
    }
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
    const { account, seq } = signed.entry
    const digest = voteDigest(networkIdOf(genesis), account, seq, signed.hash)
    const parse = (body: Uint8Array): Vote => {
      const vote = parseVoteReply(body)
      const isOwn = vote.authority === indexes.get(authority)
      if (isOwn && verifySignature(peerIdToAccount(authority), digest, vote.signature)) return vote
      throw new LoremeshError('bad-certificate', 'it did not sign its vote')
    }
    return send(authority, { type: 'vote', entryWire: signed.wire }, parse, signal)
  }

  /** The next part of an account's chain, with its newest state. */
  async function requestChain(
    account: Account,
    fromSeq: number,
    signal: AbortSignal | undefined,
  ): Promise<AccountChain | undefined> {
    const parse = (body: Uint8Array): AccountChain | undefined => {
      const chain = parseHeadReply(body)
      if (chain !== undefined) checkChain(chain, account, fromSeq)
      return chain
    }
    return sendToAny({ type: 'head', account, fromSeq }, parse, signal)
  }

  /** Checks that entries are the account's own from `fromSeq` on, without a gap, up to its state or a full answer. */
  function checkChain({ state, entries }: AccountChain, account: Account, fromSeq: number): void {
    const isNext = ({ entry }: SignedEntry, at: number) =>
      bytesEqual(entry.account, account) && entry.seq === fromSeq + at && entry.seq <= state.seq
    const isPart =
      bytesEqual(state.account, account) &&
      entries.every(({ signed }, at) => isNext(signed, at)) &&
      (entries.length > 0 || fromSeq > state.seq)
    if (!isPart) throw new LoremeshError('bad-entry', 'these are not the entries that were asked for')
    for (const { signed, certificate } of entries) {
      verifyEntry(signed, genesis)
      verifyCertificate(certificate, signed, genesis)
    }
  }

  return {
    async certify(signed, signal) {
      const votes = reachable.map((authority) => requestVote(authority, signed, signal))
      return createCertificate(signed, await firstOf(votes, quorumOf(genesis)))
    },
    requestStarterGrant: (signal) => sendToAny({ type: 'starter-grant' }, parseGrantReply, signal),
    async head(account, sinceSeq, signal) {
      const key = peerIdToAccount(account)
      const entries: SignedEntry[] = []
      for (let answers = 0; answers < MAX_CHAIN_ANSWERS; answers++) {
        const chain = await requestChain(key, sinceSeq + entries.length + 1, signal)
        if (chain === undefined) return undefined
        entries.push(...chain.entries.map(({ signed }) => signed))
        if (sinceSeq + entries.length >= chain.state.seq) return { state: chain.state, entries }
      }
      throw unreachable([new LoremeshError('message-too-large', 'the chain does not come to its end')])
    },
    payment(payment, signal) {
      const parse = (body: Uint8Array): Payment | undefined => {
        const found = parsePaymentReply(body)
        if (found === undefined || found.hash === payment) return found
        throw new LoremeshError('bad-entry', 'this is another payment')
      }
      return sendToAny({ type: 'payment', payment }, parse, signal)
    },
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
