import { headerFormat } from '../signaling/checkpoints/proposal.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import {
  encodeAgreementMessage,
  parseAgreementMessage,
  type AgreementMessage,
  type UnsignedStatement,
} from '../src/domain/ledger/agreement-message.ts'
import { statementDigest } from '../src/domain/ledger/agreement-signature.ts'
import { signVote } from '../src/domain/ledger/certificate.ts'
import { proveDoubleVote, type CastVote, type DoubleVote } from '../src/domain/ledger/double-vote.ts'
import { parseEntry } from '../src/domain/ledger/entry-codec.ts'
import { slotOf } from '../src/domain/ledger/fork-proof.ts'
import { networkIdOf, type Genesis } from '../src/domain/ledger/genesis.ts'
import {
  encodeAuthorityRequest,
  encodeCheckpointWiresReply,
  encodeLogReply,
  encodeProposalReply,
  parseAuthorityRequest,
} from '../src/protocols/authority.ts'
import {
  encodeCheckpointReply,
  encodeDoneReply,
  encodeHeadReply,
  encodePaymentReply,
  encodeStandingReply,
  encodeVoteReply,
  parseHeadReply,
  parsePaymentReply,
} from '../src/protocols/ledger-replies.ts'
import { parseLedgerRequest } from '../src/protocols/ledger.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What an authority does that does not keep to the rules. Its only limit is that it can't sign for others. */
export interface Traitor {
  /** Answers a peer; `honestly` is what the real program would answer. */
  answer(body: Uint8Array, honestly: () => Promise<Uint8Array>): Promise<Uint8Array>
  /** Answers another authority. */
  answerAuthority(body: Uint8Array, honestly: () => Promise<Uint8Array>): Promise<Uint8Array>
  /** Sends something to another authority in place of what `honestly` sends. */
  ask(other: number, body: Uint8Array, send: (body: Uint8Array) => Promise<Uint8Array>): Promise<Uint8Array>
}

/** Creates a traitor with the key of the authority `index`; `onDoubleVote` gets what could be shown against it. */
export function createTraitor(
  {
    random,
    identity,
    genesis,
    index,
  }: {
    readonly random: SeededRandom
    readonly identity: Identity
    readonly genesis: Genesis
    readonly index: number
  },
  { onDoubleVote }: { readonly onDoubleVote: (evidence: DoubleVote) => void },
): Traitor {
  const votes = new Map<string, CastVote>()

  /** Votes for anything, without looking. */
  function voteBlindly(entryWire: Uint8Array): Uint8Array {
    const signed = parseEntry(entryWire)
    const vote = signVote(identity, index, signed)
    const cast = { signed, signature: vote.signature }
    const slot = slotOf(signed.entry)
    const earlier = votes.get(slot)
    const evidence = earlier && proveDoubleVote(index, earlier, cast)
    if (evidence !== undefined) onDoubleVote(evidence)
    votes.set(slot, cast)
    return encodeVoteReply(random.chance(0.05) ? { authority: index, signature: random.bytes(64) } : vote)
  }

  async function lieAboutHead(honestly: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const { state, entries, voted } = parseHeadReply(await honestly())
    switch (random.between(0, 3)) {
      case 0:
        return encodeHeadReply({ state: undefined, entries: [], voted: undefined })
      case 1:
        return encodeHeadReply({ state: state && { ...state, frozen: !state.frozen }, entries, voted })
      case 2:
        return encodeHeadReply({ state, entries, voted: entries[0]?.signed })
      default:
        return encodeHeadReply({
          state: state && { ...state, balance: state.credit, credit: state.balance },
          entries: entries.slice(1),
          voted,
        })
    }
  }

  async function lieAboutPayment(honestly: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const payment = parsePaymentReply(await honestly())
    const state = random.pick(['open', 'claimed', 'lapsed', 'returned'] as const)
    const claimed = state === 'claimed' ? payment?.amount : payment?.claimed
    return encodePaymentReply(
      random.chance(0.3) || payment === undefined || claimed === undefined
        ? undefined
        : { ...payment, state, claimed },
    )
  }

  /** A statement to one authority that contradicts what others get. */
  function contradict(message: AgreementMessage): AgreementMessage {
    if (message.kind === 'polka') return message
    if (message.kind === 'proposal') {
      return sign({ ...message, validRound: -1, prevotes: [], round: message.round + random.between(0, 1) })
    }
    const valueId = random.chance(0.5) ? null : Buffer.from(random.bytes(32)).toString('hex')
    return sign({ ...message, valueId, kind: random.pick(['prevote', 'precommit'] as const) })
  }

  function sign(statement: UnsignedStatement): AgreementMessage {
    return { ...statement, signature: identity.sign(statementDigest(networkIdOf(genesis), statement)) }
  }

  return {
    answer(body, honestly) {
      if (random.chance(0.1)) return silence()
      const request = parseLedgerRequest(body)
      switch (request.type) {
        case 'vote':
          if (random.chance(0.15)) throw new LoremeshError('conflicting-entry', 'Another entry has my vote')
          return random.chance(0.5) ? Promise.resolve(voteBlindly(request.entryWire)) : honestly()
        case 'head':
          return random.chance(0.4) ? lieAboutHead(honestly) : honestly()
        case 'payment':
          return random.chance(0.5) ? lieAboutPayment(honestly) : honestly()
        case 'certify':
        case 'fraud':
          return random.chance(0.3) ? Promise.resolve(encodeDoneReply()) : honestly()
        case 'checkpoint':
          return random.chance(0.3) ? Promise.resolve(encodeCheckpointReply(undefined)) : honestly()
        case 'standing':
          return random.chance(0.3) ? Promise.resolve(encodeStandingReply(undefined)) : honestly()
        case 'starter-grant':
          if (random.chance(0.2)) throw new LoremeshError('grants-exhausted', 'There are no more today')
          return honestly()
        case 'inbox':
        case 'facts':
        case 'frauds':
        case 'header':
        case 'log':
          return honestly()
      }
    },

    answerAuthority(body, honestly) {
      const request = parseAuthorityRequest(body)
      if (random.chance(0.7)) return honestly()
      switch (request.type) {
        case 'log': {
          const nextPosition = request.fromPosition + random.between(-1, 1_000)
          return Promise.resolve(
            encodeLogReply({ shards: 1, nextPosition: Math.max(0, nextPosition), entries: [] }),
          )
        }
        case 'proposal':
          return Promise.resolve(encodeProposalReply(random.chance(0.5) ? undefined : random.bytes(200)))
        case 'checkpoint':
          return Promise.resolve(encodeCheckpointWiresReply(undefined))
        case 'agreement':
        case 'hashes':
          return honestly()
      }
    },

    async ask(_, body, send) {
      const request = parseAuthorityRequest(body)
      if (request.type !== 'agreement') return send(body)
      if (random.chance(0.15)) throw new LoremeshError('timeout', 'Not sent')
      if (random.chance(0.6)) return send(body)
      const message = contradict(parseAgreementMessage(request.messageWire, headerFormat))
      const messageWire = encodeAgreementMessage(message)
      if (random.chance(0.5)) void send(body).catch(() => undefined)
      return send(encodeAuthorityRequest({ type: 'agreement', messageWire }))
    },
  }
}

function silence(): Promise<never> {
  return new Promise(() => undefined)
}
