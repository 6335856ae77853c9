import { accountToPeerId, peerIdToAccount, type Account, type PeerId } from '../../domain/identity/account.ts'
import type { SignatureVerifier } from '../../domain/identity/signature.ts'
import { bytesEqual } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Payment } from '../../domain/ledger/account-state.ts'
import {
  createCertificate,
  encodeCertificate,
  parseCertificate,
  verifyCertificate,
  type CertifiedEntry,
} from '../../domain/ledger/certificate.ts'
import { parseEntry } from '../../domain/ledger/entry-codec.ts'
import { verifyEntry } from '../../domain/ledger/verify-entry.ts'
import { encodeFraudProof } from '../../domain/ledger/fraud-proof.ts'
import { quorumOf, type Genesis } from '../../domain/ledger/genesis.ts'
import { isFinalRefusal } from '../../domain/ledger/refusal.ts'
import { encodeGrant, encodeSignedGrant, STARTER_GRANT_ID } from '../../domain/ledger/grant.ts'
import type { Removals } from '../../domain/ledger/removals.ts'
import type { Certifier, LogPart } from '../../ports/certifier.ts'
import {
  parseCheckpointReply,
  parseDoneReply,
  parseFraudsReply,
  parseHeaderReply,
  parseHeadReply,
  parseInboxReply,
  parsePaymentReply,
  parseStandingReply,
} from '../../protocols/ledger-replies.ts'
import { parseLogReply } from '../../protocols/authority.ts'
import { encodeLedgerRequest, MAX_FRAUD_ACCOUNTS, type LedgerRequest } from '../../protocols/ledger.ts'
import { agreedPayment } from './agreed-payment.ts'
import { createReachWatch, type AskAuthority, type ReachWatch } from './authority-reach.ts'
import { quorumOfAnswers, wrongAnswer, type QuorumSizes } from './authority-answers.ts'
import { createAuthorityVotes } from './authority-votes.ts'
import { createCertificateDelivery } from './certificate-delivery.ts'
import { createChainReader, fromSeqOf, type ChainAnswer } from './certified-chain.ts'
import { createCheckpointReader, type NewestAnswer } from './checkpoint-reader.ts'

/** A certifier that tells the authorities what became certified while nobody waits for it. */
export interface LedgerCertifier extends Certifier {
  /** Takes note of an authority with which a connection opened, or the last one closed. */
  readonly noteConnection: ReachWatch['note']
  /** Resolves when no certificate is under way to an authority. */
  delivered(): Promise<void>
}

/** A certifier for an account that asks the genesis' authorities, of which those in `authorities` can be reached. */
export function createLedgerCertifier(
  {
    ask: askAuthority,
    account,
    genesis,
    verifier,
  }: {
    readonly ask: AskAuthority
    readonly account: Account
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
  },
  { authorities }: { readonly authorities: readonly PeerId[] },
): LedgerCertifier {
  const indexes = new Map(genesis.authorities.map((key, index) => [accountToPeerId(key), index]))
  const reachable = authorities.filter((peerId) => indexes.has(peerId))
  const sizes = quorumSizesOf(genesis)
  const { reach, note, watch } = createReachWatch(reachable, { total: indexes.size, needed: sizes.quorum })
  const ask = watch(askAuthority)
  /** Of the newest checkpoint known. */
  let excluded: Removals = []
  const removals = (): Removals => excluded
  const chains = createChainReader({ genesis, verifier, removals }, sizes)
  const checkpoints = createCheckpointReader({ genesis, verifier, removals }, sizes)
  const delivery = createCertificateDelivery(reachable, async (authority, notice) =>
    parseDoneReply(await ask(authority, notice)),
  )

  async function send<T>(
    authority: PeerId,
    request: Uint8Array,
    parse: (body: Uint8Array) => T | Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const body = await ask(authority, request, signal)
    try {
      return await parse(body)
    } catch (cause) {
      throw wrongAnswer(cause)
    }
  }

  function sendToAll<T>(
    request: LedgerRequest,
    parse: (body: Uint8Array) => T | Promise<T>,
    signal: AbortSignal | undefined,
  ): readonly Promise<T>[] {
    const body = encodeLedgerRequest(request)
    return reachable.map((authority) => send(authority, body, parse, signal))
  }

  const authorityVotes = createAuthorityVotes(
    { send, genesis, verifier },
    { reachable, removals, onAsking: delivery.repeat },
  )

  async function isPaidHere({ signed, certificate }: CertifiedEntry): Promise<boolean> {
    const { operation } = signed.entry
    if (operation.type !== 'pay' && operation.type !== 'reserve') return false
    if (!bytesEqual(operation.to, account)) return false
    try {
      await verifyEntry(signed, { genesis, payment: () => undefined }, verifier)
      await verifyCertificate(certificate, signed, genesis, verifier, excluded)
      return true
    } catch {
      return false
    }
  }

  return {
    reach,
    noteConnection: note,

    async certify(signed, signal) {
      const votes = await quorumOfAnswers(authorityVotes.forEntry(signed, signal), sizes)
      const certificate = createCertificate(signed, votes)
      // The vote of a single authority is the certificate: it has it already.
      if (sizes.quorum > 1) {
        const certificateWire = encodeCertificate(certificate)
        delivery.tellAll(encodeLedgerRequest({ type: 'certify', entryWire: signed.wire, certificateWire }))
      }
      return certificate
    },

    async tell({ wire: entryWire }, certificateWire, signal) {
      const request = { type: 'certify', entryWire, certificateWire } as const
      await quorumOfAnswers(sendToAll(request, parseDoneReply, signal), sizes)
    },

    async requestStarterGrant({ checkpoint, amount }, signal) {
      const grantBytes = encodeGrant({ kind: 'starter', account, amount, id: STARTER_GRANT_ID }, genesis)
      const isFinal = (code: LoremeshError['code']) => isFinalRefusal(code) || code === 'grants-exhausted'
      const votes = await quorumOfAnswers(
        authorityVotes.forGrant({ checkpoint, grantBytes }, signal),
        sizes,
        isFinal,
      )
      return encodeSignedGrant(
        grantBytes,
        [...votes].sort((a, b) => a.authority - b.authority),
      )
    },

    head(peerId, sinceSeq, signal) {
      const of = peerIdToAccount(peerId)
      const chainOf = (authority: PeerId, fromSeq: number) =>
        send(authority, encodeLedgerRequest({ type: 'head', account: of, fromSeq }), parseHeadReply, signal)
      const answers = reachable.map(async (authority): Promise<ChainAnswer> => ({
        chain: await chainOf(authority, fromSeqOf(sinceSeq)),
        next: (fromSeq) => chainOf(authority, fromSeq),
      }))
      return chains.read([peerId, sinceSeq], answers)
    },

    async payment(payment, signal) {
      const parse = (body: Uint8Array): Payment | undefined => {
        const found = parsePaymentReply(body)
        if (found === undefined || found.hash === payment) return found
        throw new LoremeshError('bad-entry', 'this is another payment')
      }
      const answers = await quorumOfAnswers(sendToAll({ type: 'payment', payment }, parse, signal), sizes)
      return agreedPayment(answers, sizes.honest)
    },

    async inbox(signal) {
      const answers = await quorumOfAnswers(
        sendToAll({ type: 'inbox', account: undefined }, parseInboxReply, signal),
        sizes,
      )
      const byHash = new Map<string, CertifiedEntry>()
      for (const entry of answers.flat()) {
        if (!byHash.has(entry.signed.hash) && (await isPaidHere(entry))) byHash.set(entry.signed.hash, entry)
      }
      return [...byHash.values()]
    },

    checkpoint(known, signal) {
      const newestOf = (authority: PeerId, fromHeight: number | undefined) =>
        send(authority, encodeLedgerRequest({ type: 'checkpoint', fromHeight }), parseCheckpointReply, signal)
      const answers = reachable.map(async (authority): Promise<NewestAnswer> => ({
        newest: await newestOf(authority, undefined),
        linkedTo: (height) => newestOf(authority, height),
      }))
      return checkpoints.newest(known, answers)
    },

    standing(peerId, signal) {
      const of = peerIdToAccount(peerId)
      const answers = sendToAll({ type: 'standing', account: of }, parseStandingReply, signal)
      return checkpoints.standing(of, answers)
    },

    checkpointAt(height, signal) {
      const answers = sendToAll({ type: 'header', height }, parseHeaderReply, signal)
      return checkpoints.at(height, answers)
    },

    async frauds(peerIds, signal) {
      const accounts = peerIds.slice(0, MAX_FRAUD_ACCOUNTS).map(peerIdToAccount)
      const answers = await quorumOfAnswers(
        sendToAll({ type: 'frauds', accounts }, parseFraudsReply, signal),
        sizes,
      )
      return answers.flat()
    },

    async reportFraud(fraud, signal) {
      const request = { type: 'fraud', proofWire: encodeFraudProof(fraud) } as const
      await quorumOfAnswers(sendToAll(request, parseDoneReply, signal), sizes)
    },

    log(source, place, signal) {
      return send(source, encodeLedgerRequest({ type: 'log', ...place }), parseLogPart, signal)
    },

    exclude(removals) {
      excluded = removals
    },

    repeatNotices: delivery.repeatAll,
    delivered: () => delivery.settled(),
  }
}

function parseLogPart(body: Uint8Array): LogPart {
  const { entries, ...part } = parseLogReply(body)
  return {
    ...part,
    entries: entries.map(({ entryWire, certificateWire }) => ({
      signed: parseEntry(entryWire),
      certificate: parseCertificate(certificateWire),
    })),
  }
}

/** 2f+1 and f+1 of the 3f+1 authorities. */
function quorumSizesOf(genesis: Genesis): QuorumSizes {
  const quorum = quorumOf(genesis)
  return { quorum, honest: (quorum + 1) / 2 }
}
