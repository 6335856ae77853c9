import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { genesisToJson, parseGenesis } from '../../../src/domain/ledger/genesis-json.ts'
import {
  MAX_RECEIPT_LENGTH,
  parseReceipt,
  receiptFields,
  receiptToJson,
  type ReceiptParts,
} from '../../../src/domain/ledger/receipt.ts'
import { signVoucher } from '../../../src/domain/ledger/voucher.ts'
import { verifyReceipt } from '../../../src/domain/ledger/verify-receipt.ts'
import { networkInfoToJson, parseNetworkInfo, type NetworkInfo } from '../../../src/protocols/network-info.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { ann } from './people.ts'
import { jsonKind, type MessageKind } from './message-kind.ts'
import { entriesOf } from './signed-kinds.ts'

/** Descriptions of a network have no limit of their own: whoever fetches them has one. */
const NO_LIMIT = Number.POSITIVE_INFINITY

/** What comes as text: receipts that somebody pastes, and what a server says about its network. */
export function textKinds(story: FuzzStory): readonly MessageKind[] {
  const { genesis } = story.network
  const info: NetworkInfo = {
    genesis,
    protocols: ['/loremesh/ledger/1.0.0'],
    bootstrap: [`/ip4/127.0.0.1/tcp/4001/ws/p2p/${ann.peerId}`],
    trackers: [ann.peerId],
    authorities: [`/ip4/127.0.0.1/tcp/4002/ws/p2p/${ann.peerId}`],
    iceServers: [{ urls: 'turn:127.0.0.1', username: 'a', credential: 'b' }, { urls: 'stun:127.0.0.1' }],
    allowPrivateAddresses: true,
  }
  return [
    jsonKind('genesis in JSON', NO_LIMIT, [JSON.stringify(genesisToJson(genesis))], (text) => {
      const json = parseJson(text)
      expectSaid(json, genesisToJson(parseGenesis(json)))
      return {}
    }),
    jsonKind('description of a network', NO_LIMIT, [JSON.stringify(networkInfoToJson(info))], (text) => {
      const json = parseJson(text)
      expectSaid(json, networkInfoToJson(parseNetworkInfo(json)))
      return {}
    }),
    receiptKind(story, 'pay'),
    receiptKind(story, 'reserve'),
  ]
}

function receiptKind(story: FuzzStory, kind: ReceiptParts['kind']): MessageKind {
  const { genesis } = story.network
  return jsonKind(`receipt: ${kind}`, MAX_RECEIPT_LENGTH, receiptsOf(story, kind), (text) => {
    const { parts, fields } = parseReceipt(text)
    return {
      async verify(verifier) {
        const { verdict, checks } = await verifyReceipt(text, genesis, verifier, {
          checkpoint: 0,
          removals: [],
        })
        const [wrong] = checks.filter(({ ok, missing }) => !ok && !missing)
        if (wrong !== undefined) throw new LoremeshError('bad-signature', wrong.detail)
        if (verdict === 'invalid') throw new Error('Nothing is wrong with a receipt that is invalid')
        expectSaid(Object.fromEntries(fields), Object.fromEntries(receiptFields(parts)))
      },
    }
  })
}

/** The receipt of Ann's purchase, with everything, with as little as there may be, and paid in part. */
function receiptsOf(story: FuzzStory, kind: ReceiptParts['kind']): readonly string[] {
  const { network, quote, deliveryWire, paid, reserved, ack, voucher } = story
  const { hash } = kind === 'pay' ? paid : reserved
  const signed = entriesOf(story, kind).find((entry) => entry.hash === hash)
  if (signed === undefined) throw new RangeError('The purchase is not certified')
  const whole: ReceiptParts = {
    kind,
    entryWire: signed.wire,
    certificateWire: encodeCertificate(network.certificateOf(signed)),
    quoteWire: quote.wire,
    deliveryWire,
    voucher: kind === 'pay' ? ack : voucher,
  }
  const bare: ReceiptParts = {
    ...whole,
    certificateWire: undefined,
    deliveryWire: undefined,
    voucher: undefined,
  }
  if (kind === 'pay') return [whole, bare].map(receiptToJson)
  const part = signVoucher(ann, hash, toMicroTokens(quote.quote.price - 1n))
  return [whole, bare, { ...whole, voucher: part }].map(receiptToJson)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new LoremeshError('bad-input', 'The text is no JSON')
  }
}

/** Throws unless everything that was read is what the text says. What is not read may be anything. */
function expectSaid(stated: unknown, read: unknown): void {
  if (typeof read !== 'object' || read === null) {
    if (stated !== read && read !== undefined)
      throw new Error('The text was read as something else than it says')
    return
  }
  const said = new Map<string, unknown>(
    typeof stated === 'object' && stated !== null ? Object.entries(stated) : [],
  )
  if (Array.isArray(read) && read.length !== said.size)
    throw new Error('A list was read as one of another length')
  for (const [name, value] of Object.entries(read)) expectSaid(said.get(name), value)
}
