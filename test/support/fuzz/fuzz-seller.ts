import fc from 'fast-check'
import { peerIdToAccount } from '../../../src/domain/identity/account.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { parseTokens, sumTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { reserveEntry } from '../../../src/domain/ledger/entry-builders.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { signVoucher, voucherSignature } from '../../../src/domain/ledger/voucher.ts'
import {
  encodeFetchMessage,
  MAX_REQUESTER_MESSAGE_BYTES,
  parseRequesterMessage,
  type RequesterMessage,
} from '../../../src/protocols/fetch.ts'
import { START_MS } from '../ledger.ts'
import { mutatedTrees, mutatedWires } from '../mutations.ts'
import { unframed } from './fetch-kinds.ts'
import { openFuzzNetwork, type FuzzNetwork } from './fuzz-network.ts'
import { fuzzService, type ServiceReport } from './fuzz-service.ts'
import { openFuzzShop, type FuzzShop } from './fuzz-shop.ts'
import { tellStory } from './fuzz-story.ts'
import { readCbor, toCbor } from './message-tree.ts'
import { ann, bob, cat, eve } from './people.ts'
import { signedAnew } from './signed-anew.ts'

/** A message of a payer and who sends it. */
interface HostileMessage {
  readonly wire: Uint8Array
  readonly from: Identity
}

/** A payer, and what it says about its reserve. */
interface Session {
  readonly owner: Identity
  readonly messages: readonly RequesterMessage[]
}

const CAP = parseTokens('400')
const STEPS = 20

/**
 * Sends somebody who sells in sessions so many messages of payers: right ones, old ones, forged ones, those of others.
 * Nobody may get more for less than the credit line allows, no voucher may be lost or made up, and whoever pays is served.
 */
export async function fuzzSeller(options: {
  readonly cases: number
  readonly seed: number
}): Promise<ServiceReport> {
  const network = await openFuzzNetwork()
  try {
    await tellStory(network)
    const reserves = [await reserveOf(network, ann), await reserveOf(network, eve)] as const
    const honest = await reserveOf(network, cat)
    const shop = await openFuzzShop(network)
    const sessions = [
      { owner: ann, messages: messagesOf(network, shop, ann, reserves[0]) },
      { owner: eve, messages: messagesOf(network, shop, eve, reserves[1]) },
    ]
    for (const { owner, messages } of sessions) {
      for (const message of messages.slice(0, 1)) await shop.serve(message, owner.peerId)
    }
    return await fuzzService(
      {
        name: 'seller',
        hostile: fc.oneof(
          ...sessions.map((session) => ({ weight: 6, arbitrary: messagesAbout(session) })),
          { weight: 4, arbitrary: forgedReserves(reserves) },
          { weight: 1, arbitrary: fc.record({ wire: oversized, from: fc.constant(eve) }) },
        ),
        async send({ wire, from }) {
          await shop.serve(parseRequesterMessage(wire), from.peerId)
          await expectWithinLine(network, shop, from)
        },
        async check() {
          await expectSoundBooks(network, shop, reserves)
          await buyOne(network, shop, honest)
        },
      },
      options,
    )
  } finally {
    await network.close()
  }
}

/** A certified reserve for Bob. */
async function reserveOf(network: FuzzNetwork, payer: Identity): Promise<SignedEntry> {
  const terms = { to: bob.account, cap: CAP, expiresAtMs: START_MS + network.genesis.paymentWindowMs }
  const at = { timestampMs: network.clock.nowMs(), checkpoint: 0 }
  const state = await network.state(payer.account)
  return network.write(payer, reserveEntry(state, terms, at, network.lookup()))
}

const oversized = fc
  .integer({ min: 1, max: 64 })
  .map((more) => new Uint8Array(MAX_REQUESTER_MESSAGE_BYTES + more))

/** Messages of a session, right or not, mostly from its payer. */
function messagesAbout({ owner, messages }: Session): fc.Arbitrary<HostileMessage> {
  const wires = messages.map((message) => unframed(encodeFetchMessage(message)))
  const from = fc.oneof({ weight: 5, arbitrary: fc.constant(owner) }, fc.constantFrom(ann, eve, cat))
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ wire: fc.constantFrom(...wires), from }) },
    { weight: 6, arbitrary: fc.record({ wire: mutatedWires(wires), from }) },
  )
}

/** Right messages of a payer about a reserve, in an order that only chance makes right. */
function messagesOf(
  network: FuzzNetwork,
  { contexts }: FuzzShop,
  owner: Identity,
  reserve: SignedEntry,
): readonly RequesterMessage[] {
  const open = { type: 'open', exchange: 1, reserveWire: reserve.wire } as const
  const certificateWire = encodeCertificate(network.certificateOf(reserve))
  const takes = contexts.map((_, at): RequesterMessage => ({
    type: 'take',
    exchange: 2,
    requestId: new Uint8Array(16).fill(at),
    contexts: contexts.slice(0, at + 1),
    maxTokenCost: CAP,
    reserve: reserve.hash,
    creditBytes: 65_536,
  }))
  const vouchers = Array.from({ length: STEPS }, (_, at): RequesterMessage => {
    const amount = toMicroTokens((CAP / BigInt(STEPS)) * BigInt(at + 1))
    const { signature } = signVoucher(owner, reserve.hash, amount)
    return { type: 'voucher', exchange: 3, reserve: reserve.hash, amount, signature }
  })
  return [{ ...open, certificateWire }, { ...open, certificateWire: undefined }, ...takes, ...vouchers]
}

/** Reserves of Eve's that say something else than they should, rightly signed, without a certificate. */
function forgedReserves(reserves: readonly SignedEntry[]): fc.Arbitrary<HostileMessage> {
  return mutatedTrees(reserves.map(({ bytes }) => readCbor(bytes))).map((tree) => {
    const reserveWire = signedAnew(eve, 'entry', toCbor(tree))
    const message = { type: 'open', exchange: 1, reserveWire, certificateWire: undefined } as const
    return { wire: unframed(encodeFetchMessage(message)), from: eve }
  })
}

/** Throws when a payer got more than it has vouched for, the same once more, and the plain credit line. */
async function expectWithinLine(
  { genesis }: FuzzNetwork,
  shop: FuzzShop,
  { peerId }: Identity,
): Promise<void> {
  const records = await shop.ledgerStore.listPayments({ direction: 'in', counterparty: peerId })
  const vouched = sumTokens(records.map(({ voucher }) => voucher?.amount ?? 0n))
  if (shop.deliveredTo(peerId) > 2n * vouched + genesis.creditLine) throw new Error('Too much was delivered')
}

/** Throws unless every record is about a genuine reserve, with a genuine voucher up to its cap. */
async function expectSoundBooks(
  { verifier }: FuzzNetwork,
  shop: FuzzShop,
  reserves: readonly SignedEntry[],
): Promise<void> {
  const records = await shop.ledgerStore.listPayments({ direction: 'in' })
  for (const { payment, counterparty, voucher, amount } of records) {
    if (!reserves.some(({ hash }) => hash === payment)) throw new Error('A reserve was made up')
    if (voucher === undefined) continue
    const signed = voucherSignature(peerIdToAccount(counterparty), payment, voucher)
    if ((voucher.amount ?? amount) > amount || !(await verifier.verify([signed]))) {
      throw new Error('A voucher was made up')
    }
  }
}

/** Cat, who did nothing wrong, buys a context. */
async function buyOne(network: FuzzNetwork, shop: FuzzShop, reserve: SignedEntry): Promise<void> {
  const messages = messagesOf(network, shop, cat, reserve)
  const [open] = messages
  const take = messages.find(({ type }) => type === 'take')
  if (open === undefined || take === undefined) throw new RangeError('There is nothing to say')
  await shop.serve(open, cat.peerId)
  await shop.serve(take, cat.peerId)
  if (shop.deliveredTo(cat.peerId) === 0n) throw new Error('Somebody honest was not served')
}
