import type { Identity } from '../../../src/domain/identity/identity.ts'
import { bytesEqual } from '../../../src/domain/kernel/bytes.ts'
import type { MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../../src/domain/ledger/account-state.ts'
import { signVote } from '../../../src/domain/ledger/certificate.ts'
import { proveDoubleVote, type DoubleVote } from '../../../src/domain/ledger/double-vote.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
  releaseEntry,
  reserveEntry,
  type Moment,
} from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { proveFork, type ForkProof } from '../../../src/domain/ledger/fork-proof.ts'
import { fetchRequestDigest, signQuote, type SignedQuote } from '../../../src/domain/ledger/quote.ts'
import { signAck, signVoucher } from '../../../src/domain/ledger/voucher.ts'
import { START_MS } from '../ledger.ts'
import { sampleDelivery, sampleQuote } from '../ledger-samples.ts'
import type { FuzzNetwork } from './fuzz-network.ts'
import { ann, bob, cat, eve, people } from './people.ts'

/** What happened in a network: an entry of every operation, certified, and what people signed besides. */
export interface FuzzStory {
  readonly network: FuzzNetwork
  readonly quote: SignedQuote
  /** Bob's statement of what he delivered for the quote. */
  readonly deliveryWire: Uint8Array
  /** A payment and a reserve of Ann's to Bob, which Bob claimed. */
  readonly paid: Payment
  readonly reserved: Payment
  /** Open ones to Bob. */
  readonly open: readonly Payment[]
  readonly ack: ReturnType<typeof signAck>
  readonly voucher: ReturnType<typeof signVoucher>
  /** Two spends of Eve's; and a spend of Eve's beside an entry that is certified. */
  readonly forks: readonly ForkProof[]
  readonly doubleVote: DoubleVote
  /** The next payment of Ann's, signed only. */
  readonly next: SignedEntry
}

/** Lets Ann, Bob, Cat and Eve trade. */
export async function tellStory(network: FuzzNetwork): Promise<FuzzStory> {
  const { genesis } = network
  const at = (): Moment => ({ timestampMs: network.clock.nowMs(), checkpoint: 0 })
  const write = (identity: Identity, entry: Entry): Promise<SignedEntry> => network.write(identity, entry)
  const expiresAtMs = START_MS + genesis.paymentWindowMs

  async function made({ hash }: SignedEntry): Promise<Payment> {
    const payment = await network.authority.payment(hash)
    if (payment === undefined) throw new Error('The entry made no payment')
    return payment
  }

  async function payFrom(
    identity: Identity,
    to: Identity,
    amount: MicroTokens,
    invoice: Uint8Array,
  ): Promise<Entry> {
    const state = await network.state(identity.account)
    return payEntry(state, { to: to.account, amount, invoice, expiresAtMs }, at(), network.lookup())
  }

  async function reserveFrom(identity: Identity, to: Identity, cap: MicroTokens): Promise<Entry> {
    const state = await network.state(identity.account)
    return reserveEntry(state, { to: to.account, cap, expiresAtMs }, at(), network.lookup())
  }

  for (const person of people) {
    await write(person, openEntry(person.account, at(), network.lookup()))
    const grant = network.grantFor(person.account)
    await write(person, collectEntry(await network.state(person.account), grant, at(), network.lookup()))
  }
  const quote = quoteOf()
  const { price } = quote.quote
  const paid = await made(await write(ann, await payFrom(ann, bob, price, quote.invoice)))
  const reserved = await made(await write(ann, await reserveFrom(ann, bob, genesis.creditLine)))
  const ack = signAck(ann, paid.hash)
  const voucher = signVoucher(ann, reserved.hash, price)
  const claims = [
    { payment: paid, voucher: ack },
    { payment: reserved, voucher },
  ]
  await write(bob, claimEntry(await network.state(bob.account), claims, at(), network.lookup()))
  const rest = await network.authority.payment(reserved.hash)
  if (rest === undefined) throw new Error('The reserve is unknown')
  await write(ann, releaseEntry(await network.state(ann.account), rest, at(), network.lookup()))
  const lost = await network.lapse(
    await made(await write(ann, await payFrom(ann, bob, price, new Uint8Array(32)))),
  )
  await write(ann, reclaimEntry(await network.state(ann.account), lost, at(), network.lookup()))
  const open = [
    await made(await write(cat, await payFrom(cat, bob, price, quote.invoice))),
    await made(await write(cat, await reserveFrom(cat, bob, genesis.creditLine))),
  ]
  const forks = forksOf(
    network,
    await payFrom(eve, bob, price, quote.invoice),
    await reserveFrom(eve, cat, price),
  )
  return {
    network,
    quote,
    deliveryWire: sampleDelivery(quote),
    paid,
    reserved,
    open,
    ack,
    voucher,
    forks,
    doubleVote: doubleVoteOf(
      network,
      await payFrom(eve, ann, price, quote.invoice),
      await reserveFrom(eve, ann, price),
    ),
    next: signEntry(ann, await payFrom(ann, bob, price, quote.invoice)),
  }
}

/** Bob's quote to Ann, in the price list of the network. */
function quoteOf(): SignedQuote {
  const { quote } = sampleQuote()
  const contexts = quote.items.map(({ contextHash }) => contextHash)
  return signQuote(bob, { ...quote, request: fetchRequestDigest(new Uint8Array(16).fill(5), contexts) })
}

/** Eve's fork of two spends, and that of a spend beside her certified collection of a grant. */
function forksOf({ certified }: FuzzNetwork, pay: Entry, reserve: Entry): readonly ForkProof[] {
  const unseen = (entry: Entry) => ({ signed: signEntry(eve, entry), certificate: undefined })
  const collected = certified.find(
    ({ signed: { entry } }) => entry.operation.type === 'collect' && bytesEqual(entry.account, eve.account),
  )
  if (collected === undefined) throw new Error('Eve has collected no grant')
  const { seq, prev } = collected.signed.entry
  const forks = [proveFork(unseen(pay), unseen(reserve)), proveFork(unseen({ ...pay, seq, prev }), collected)]
  return forks.flatMap((fork) => (fork === undefined ? [] : [fork]))
}

/** The last authority's votes for two entries of Eve's at one place. */
function doubleVoteOf({ keys }: FuzzNetwork, one: Entry, other: Entry): DoubleVote {
  const index = keys.length - 1
  const key = keys[index]
  const cast = (entry: Entry) => {
    const signed = signEntry(eve, entry)
    return {
      signed,
      signature: key === undefined ? new Uint8Array() : signVote(key, index, signed).signature,
    }
  }
  const evidence = proveDoubleVote(index, cast(one), cast(other))
  if (evidence === undefined) throw new Error('The votes prove nothing')
  return evidence
}
