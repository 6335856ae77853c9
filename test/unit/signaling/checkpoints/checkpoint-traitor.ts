import { createCheckpoint } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import type { CheckpointHeader } from '../../../../src/domain/ledger/checkpoint.ts'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { bytesToHexText, hexTextToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import {
  encodeAgreementMessage,
  parseAgreementMessage,
  type Statement,
  type UnsignedStatement,
} from '../../../../src/domain/ledger/agreement-message.ts'
import { statementDigest } from '../../../../src/domain/ledger/agreement-signature.ts'
import type { EntryHash } from '../../../../src/domain/ledger/entry.ts'
import { encodeFacts, factsDigest, sortFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import { removedBy, type Fact } from '../../../../src/domain/ledger/fact.ts'
import { networkIdOf, type Genesis } from '../../../../src/domain/ledger/genesis.ts'
import { withRemovals } from '../../../../src/domain/ledger/removals.ts'
import {
  encodeAuthorityRequest,
  encodeProposalReply,
  parseAuthorityRequest,
} from '../../../../src/protocols/authority.ts'
import {
  encodeProposal,
  headerFormat,
  parseProposal,
  type Proposal,
} from '../../../../signaling/checkpoints/proposal.ts'
import type { Dice } from '../../../support/virtual-time.ts'

/** An authority that cheats: it follows the protocol, but what it tells others is something else. */
export interface Traitor {
  /** What it sends instead; undefined for nothing. */
  send(to: number, body: Uint8Array): Promise<Uint8Array | undefined>
  /** What it answers instead of what it would. */
  answer(body: Uint8Array): Uint8Array | undefined
}

export interface TraitorParts {
  readonly dice: Dice
  readonly genesis: Genesis
  readonly identity: Identity
  /** The right proposal that it has made. */
  readonly findProposal: (hash: Uint8Array) => Promise<Uint8Array | undefined>
  /** Payments that are not about to lapse. */
  readonly openPayments: () => readonly EntryHash[]
}

type Lie = (proposal: Proposal) => Proposal

/** A cheating authority. */
export function createTraitor({
  dice,
  genesis,
  identity,
  findProposal,
  openPayments,
}: TraitorParts): Traitor {
  /** Wire forms of what it proposed, by the header's hash. */
  const lies = new Map<string, Uint8Array>()
  /** What it told each other authority instead of the right one. */
  const told = new Map<string, string>()

  function withHeader(proposal: Proposal, changes: Partial<CheckpointHeader>): Proposal {
    return { ...proposal, checkpoint: createCheckpoint({ ...proposal.checkpoint.header, ...changes }) }
  }

  function withFact(proposal: Proposal, fact: Fact): Proposal {
    const known = new Set(proposal.facts.map((other) => bytesToHexText(encodeFacts([other]))))
    if (known.has(bytesToHexText(encodeFacts([fact])))) return proposal
    const facts = sortFacts([...proposal.facts, fact])
    const { header } = proposal.checkpoint
    const removals = withRemovals(header.removals, removedBy([fact]), header.height)
    return withHeader({ ...proposal, facts }, { factsDigest: factsDigest(facts), removals })
  }

  const someAccount = (proposal: Proposal) =>
    (proposal.cut.length > 0 ? dice.pick(proposal.cut) : undefined)?.account ?? identity.account

  const kinds: readonly Lie[] = [
    // Tokens for itself.
    (proposal) => {
      const { balance, minted } = proposal.checkpoint.header
      return withHeader(proposal, {
        balance: toMicroTokens(balance + 1n),
        minted: toMicroTokens(minted + 1n),
      })
    },
    // Sums that do not add up.
    (proposal) => withHeader(proposal, { pending: toMicroTokens(proposal.checkpoint.header.pending + 1n) }),
    // A payment that can be claimed still.
    (proposal) => {
      const [payment] = openPayments()
      return payment === undefined ? proposal : withFact(proposal, { type: 'lapse', payment })
    },
    (proposal) => withFact(proposal, { type: 'freeze', account: someAccount(proposal), seq: 1 }),
    (proposal) => withFact(proposal, { type: 'thaw', account: someAccount(proposal) }),
    // Complete, unless the account has forked once.
    (proposal) => withFact(proposal, { type: 'void', account: someAccount(proposal), seq: 1 }),
    // A next place, in which something may become certified still.
    (proposal) => {
      const place = proposal.cut.length > 0 ? dice.pick(proposal.cut) : undefined
      if (place === undefined) return proposal
      return withFact(proposal, { type: 'void', account: place.account, seq: place.seq + 1 })
    },
    (proposal) => withFact(proposal, { type: 'reputation', account: someAccount(proposal), milli: 999 }),
    (proposal) => withFact(proposal, { type: 'remove-authority', authority: 0 }),
    (proposal) =>
      withFact(proposal, { type: 'decay', account: someAccount(proposal), amount: toMicroTokens(1) }),
    // Less than the header says, and more than there is, under a right header.
    (proposal) => ({ ...proposal, cut: proposal.cut.slice(1) }),
    (proposal) => ({
      ...proposal,
      cut: proposal.cut.map(({ account, seq }) => ({ account, seq: seq + 1 })),
    }),
    (proposal) => withHeader(proposal, { timeMs: proposal.checkpoint.header.timeMs + 3_600_000 }),
    (proposal) => withHeader(proposal, { timeMs: 0 }),
    // Another right one.
    (proposal) => withHeader(proposal, { timeMs: proposal.checkpoint.header.timeMs - 1 }),
    (proposal) => proposal,
  ]

  function sign(unsigned: UnsignedStatement): Statement {
    return { ...unsigned, signature: identity.sign(statementDigest(networkIdOf(genesis), unsigned)) }
  }

  /** Half of the lies are for everybody, the others for one authority each. */
  async function lieTo(to: number, id: string): Promise<string> {
    const known = told.get(`${to} ${id}`) ?? told.get(`all ${id}`)
    if (known !== undefined) return known
    const wire = await findProposal(hexTextToBytes(id))
    if (wire === undefined) return id
    const lie = dice.pick(kinds)(parseProposal(wire))
    lies.set(lie.checkpoint.hash, encodeProposal(lie))
    told.set(`${dice.chance(0.5) ? 'all' : to} ${id}`, lie.checkpoint.hash)
    return lie.checkpoint.hash
  }

  async function distort(to: number, statement: Statement): Promise<Statement | undefined> {
    if (dice.chance(0.1)) return undefined
    if (statement.kind === 'proposal') {
      if (statement.validRound >= 0 || dice.chance(0.2)) return statement
      const id = await lieTo(to, statement.value.id)
      const { checkpoint } = parseProposal(lies.get(id) ?? new Uint8Array())
      return sign({ ...statement, value: { id, payload: checkpoint.bytes } })
    }
    if (statement.valueId === null || dice.chance(0.3)) return statement
    return sign({ ...statement, valueId: dice.chance(0.3) ? null : await lieTo(to, statement.valueId) })
  }

  return {
    async send(to, body) {
      const request = parseAuthorityRequest(body)
      if (request.type !== 'agreement') return body
      const message = parseAgreementMessage(request.messageWire, headerFormat)
      const sent = message.kind === 'polka' ? message : await distort(to, message)
      return sent && encodeAuthorityRequest({ type: 'agreement', messageWire: encodeAgreementMessage(sent) })
    },
    answer(body) {
      const request = parseAuthorityRequest(body)
      const lie = request.type === 'proposal' ? lies.get(bytesToHexText(request.hash)) : undefined
      return lie && encodeProposalReply(lie)
    },
  }
}
