import fc from 'fast-check'
import { peerIdToAccount } from '../../../src/domain/identity/account.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { bytesEqual } from '../../../src/domain/kernel/bytes.ts'
import { sumTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { parseEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { entrySignature } from '../../../src/domain/ledger/verify-entry.ts'
import { voucherSignature } from '../../../src/domain/ledger/voucher.ts'
import {
  encodeFetchMessage,
  MAX_REQUESTER_MESSAGE_BYTES,
  parseRequesterMessage,
} from '../../../src/protocols/fetch.ts'
import { mutatedTrees, mutatedWires } from '../mutations.ts'
import { unframed } from './fetch-kinds.ts'
import { openFuzzNetwork, type FuzzNetwork } from './fuzz-network.ts'
import { fuzzService, type ServiceReport } from './fuzz-service.ts'
import { messagesOf, openSession, type FuzzSession } from './fuzz-session.ts'
import { openFuzzShop, type FuzzShop } from './fuzz-shop.ts'
import { tellStory } from './fuzz-story.ts'
import { readCbor, toCbor } from './message-tree.ts'
import { ann, cat, eve } from './people.ts'
import { signedAnew } from './signed-anew.ts'

/** A message of a payer and who sends it. */
interface HostileMessage {
  readonly wire: Uint8Array
  readonly from: Identity
}

/** Eve's, who signs any number. */
const MAX_UNSURE = 8

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
    const shop = await openFuzzShop(network)
    const sessions = [await openSession(network, shop, ann), await openSession(network, shop, eve)]
    const honest = await openSession(network, shop, cat)
    const reserves = [...sessions, honest].map(({ reserve }) => reserve)
    for (const { owner, open } of sessions) await shop.serve(open, owner.peerId)
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
          await buyOne(shop, honest)
        },
      },
      options,
    )
  } finally {
    await network.close()
  }
}

const oversized = fc
  .integer({ min: 1, max: 64 })
  .map((more) => new Uint8Array(MAX_REQUESTER_MESSAGE_BYTES + more))

/** Messages of a session, right or not, mostly from its payer. */
function messagesAbout(session: FuzzSession): fc.Arbitrary<HostileMessage> {
  const { owner } = session
  const wires = messagesOf(session).map((message) => unframed(encodeFetchMessage(message)))
  const from = fc.oneof({ weight: 5, arbitrary: fc.constant(owner) }, fc.constantFrom(ann, eve, cat))
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ wire: fc.constantFrom(...wires), from }) },
    { weight: 6, arbitrary: fc.record({ wire: mutatedWires(wires), from }) },
  )
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

/**
 * Throws unless every record is about a certified reserve, or one of the few others that its payer signed, and has a
 * voucher of that payer's for no more than the reserve holds.
 */
async function expectSoundBooks(
  { verifier, genesis }: FuzzNetwork,
  shop: FuzzShop,
  certified: readonly SignedEntry[],
): Promise<void> {
  const records = await shop.ledgerStore.listPayments({ direction: 'in' })
  const unsure = records.filter(({ payment }) => certified.every(({ hash }) => hash !== payment))
  if (unsure.length > MAX_UNSURE) throw new Error(`${unsure.length} uncertified reserves are kept`)
  if (unsure.some(({ phase }) => phase !== 'signed')) throw new Error('A certificate was made up')
  for (const { payment, counterparty, voucher, amount, entryWire } of records) {
    const signed = parseEntry(entryWire)
    const payer = peerIdToAccount(counterparty)
    const isTheirs = signed.hash === payment && bytesEqual(signed.entry.account, payer)
    const vouched = voucher === undefined ? [] : [voucherSignature(payer, payment, voucher)]
    const isSigned = await verifier.verify([entrySignature(signed, genesis), ...vouched])
    if (!isTheirs || !isSigned || (voucher?.amount ?? 0n) > amount) throw new Error('A record was made up')
  }
}

/** Somebody who did nothing wrong buys a context. */
async function buyOne(shop: FuzzShop, { owner, open, takes }: FuzzSession): Promise<void> {
  for (const message of [open, ...takes.slice(0, 1)]) await shop.serve(message, owner.peerId)
  if (shop.deliveredTo(owner.peerId) === 0n) throw new Error('Somebody honest was not served')
}
