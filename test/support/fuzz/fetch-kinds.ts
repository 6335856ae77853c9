import type { SignatureVerifier } from '../../../src/domain/identity/signature.ts'
import { decodeCbor, encodeCbor } from '../../../src/domain/kernel/cbor.ts'
import { parseStanding } from '../../../src/domain/ledger/account-standing.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { voucherSignature } from '../../../src/domain/ledger/voucher.ts'
import {
  ENVELOPE_BYTES,
  encodeExchange,
  encodeRefusal,
  maxAnswerFrameBytes,
  parseAnswer,
  parseRequest,
} from '../../../src/protocols/exchange.ts'
import {
  encodeFetchMessage,
  MAX_PROVIDER_MESSAGE_BYTES,
  MAX_REQUESTER_MESSAGE_BYTES,
  parseProviderMessage,
  parseRequesterMessage,
  type ProviderMessage,
  type RequesterMessage,
} from '../../../src/protocols/fetch.ts'
import { createFrameDecoder } from '../../../src/protocols/framing.ts'
import { MAX_LEDGER_REQUEST_BYTES } from '../../../src/protocols/ledger.ts'
import { damaged, mutatedWires } from '../mutations.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { joinBytes } from './message-tree.ts'
import { anyMessage, cborKind, type MessageKind, type Reading } from './message-kind.ts'
import { entriesOf } from './signed-kinds.ts'
import type { WireChecks } from './wire-checks.ts'

const MAX_ANSWER_BYTES = 65_536

/** Messages of sessions, the envelope of requests and answers, and the frames in which all of them travel. */
export function fetchKinds(
  story: FuzzStory,
  standing: Uint8Array,
  checksBy: (verifier: SignatureVerifier) => WireChecks,
): readonly MessageKind[] {
  const requests = requesterMessages(story)
  const answers = providerMessages(story, standing)
  return [
    ...ofEachType(requests, MAX_REQUESTER_MESSAGE_BYTES, (wire) => {
      const message = parseRequesterMessage(wire)
      return {
        again: unframed(encodeFetchMessage(message)),
        verify: (verifier) => verifyRequester(message, story, checksBy(verifier)),
      }
    }),
    ...ofEachType(answers, MAX_PROVIDER_MESSAGE_BYTES, (wire) => {
      const message = parseProviderMessage(wire)
      const again = unframed(encodeFetchMessage(message))
      return {
        again: message.type === 'refusal' ? withStatedCode(again, wire, 2) : again,
        verify: (verifier) => verifyProvider(message, checksBy(verifier)),
      }
    }),
    ...envelopeKinds(story),
    frameKind([...requests, ...answers].map(encodeFetchMessage)),
  ]
}

async function verifyRequester(
  message: RequesterMessage,
  { reserved }: FuzzStory,
  checks: WireChecks,
): Promise<unknown> {
  switch (message.type) {
    case 'open':
      return message.certificateWire === undefined
        ? checks.entry(message.reserveWire)
        : checks.certifiedWires(message.reserveWire, message.certificateWire)
    case 'voucher': {
      const { reserve, amount, signature } = message
      return checks.signed([voucherSignature(reserved.payer, reserve, { amount, signature })])
    }
    case 'take':
    case 'window':
    case 'cancel':
      return undefined
  }
}

async function verifyProvider(message: ProviderMessage, checks: WireChecks): Promise<unknown> {
  switch (message.type) {
    case 'opened':
      return message.standing && checks.standing(parseStanding(message.standing))
    case 'quote':
      return checks.quote(message.quoteWire)
    case 'done':
      return checks.delivery(message.deliveryWire)
    case 'frame':
    case 'acked':
    case 'refusal':
      return undefined
  }
}

/** Valid messages of a payer, of every type. */
function requesterMessages(story: FuzzStory): readonly RequesterMessage[] {
  const { network, reserved, voucher, quote } = story
  const contexts = quote.quote.items.map(({ contextHash }) => contextHash)
  const requestId = new Uint8Array(16).fill(5)
  const { amount = quote.quote.price, signature } = voucher
  return [
    ...entriesOf(story, 'reserve').flatMap((signed): RequesterMessage[] => {
      const certificateWire = encodeCertificate(network.certificateOf(signed))
      const open = { type: 'open', exchange: 1, reserveWire: signed.wire } as const
      return [
        { ...open, certificateWire },
        { ...open, certificateWire: undefined },
      ]
    }),
    {
      type: 'take',
      exchange: 2,
      requestId,
      contexts,
      maxTokenCost: network.genesis.creditLine,
      reserve: reserved.hash,
      creditBytes: 65_536,
    },
    { type: 'voucher', exchange: 2, reserve: reserved.hash, amount, signature },
    { type: 'window', exchange: 2, creditBytes: 65_536 },
    { type: 'cancel', exchange: 2 },
  ]
}

function providerMessages(story: FuzzStory, standing: Uint8Array): readonly ProviderMessage[] {
  const { network, quote, deliveryWire } = story
  const { creditLine } = network.genesis
  return [
    { type: 'opened', exchange: 1, creditLine, vouched: quote.quote.price, standing },
    { type: 'opened', exchange: 1, creditLine, vouched: quote.quote.price, standing: undefined },
    { type: 'quote', exchange: 2, quoteWire: quote.wire },
    { type: 'frame', exchange: 2, payload: new Uint8Array(100).fill(1) },
    { type: 'done', exchange: 2, deliveryWire },
    { type: 'acked', exchange: 3 },
    { type: 'refusal', exchange: 4, code: 'payment-required', message: 'Make a reserve' },
  ]
}

function ofEachType(
  messages: readonly (RequesterMessage | ProviderMessage)[],
  maxBytes: number,
  read: (wire: Uint8Array) => Reading,
): readonly MessageKind[] {
  return [...new Set(messages.map(({ type }) => type))].map((type) => {
    const valid = messages.filter((message) => message.type === type).map(encodeFetchMessage)
    return cborKind(`session: ${type}`, maxBytes, valid.map(unframed), read)
  })
}

function envelopeKinds({ next }: FuzzStory): readonly MessageKind[] {
  const message = unframed(encodeExchange(7, next.wire))
  const refusal = unframed(encodeRefusal(7, 'bad-entry', 'It states a wrong balance'))
  return [
    cborKind('exchange: request', MAX_LEDGER_REQUEST_BYTES + ENVELOPE_BYTES, [message], (wire) => {
      const { exchange, body } = parseRequest(wire, MAX_LEDGER_REQUEST_BYTES)
      return { again: unframed(encodeExchange(exchange, body)) }
    }),
    cborKind('exchange: answer', maxAnswerFrameBytes(MAX_ANSWER_BYTES), [message, refusal], (wire) => {
      const answer = parseAnswer(wire, MAX_ANSWER_BYTES)
      if (answer.type === 'answer') return { again: unframed(encodeExchange(answer.exchange, answer.body)) }
      const again = unframed(encodeRefusal(answer.exchange, answer.code, answer.message))
      return { again: withStatedCode(again, wire, 1) }
    }),
  ]
}

/** Frames one after another, which come in pieces of any size. */
function frameKind(frames: readonly Uint8Array[]): MessageKind {
  const mutated = damaged(
    mutatedWires(frames.map(unframed)).map((body) => joinBytes([...frames, framed(body), ...frames])),
  )
  return anyMessage({
    name: 'frames',
    maxLength: MAX_ANSWER_BYTES,
    valid: [joinBytes(frames)],
    mutated,
    read(stream: Uint8Array) {
      const decoder = createFrameDecoder(MAX_PROVIDER_MESSAGE_BYTES)
      const size = 1 + ((stream.at(-1) ?? 0) & 63)
      const bodies: Uint8Array[] = []
      for (let from = 0; from < stream.length; from += size) {
        bodies.push(...decoder.push(stream.subarray(from, from + size)))
      }
      decoder.end()
      return { again: joinBytes(bodies.map(framed)) }
    },
  })
}

/** A frame with this body. */
export function framed(body: Uint8Array): Uint8Array {
  const prefix: number[] = []
  let rest = body.length
  for (; rest >= 0x80; rest >>>= 7) prefix.push((rest & 0x7f) | 0x80)
  return Uint8Array.of(...prefix, rest, ...body)
}

/** The body of a frame. */
export function unframed(frame: Uint8Array): Uint8Array {
  return frame.subarray(frame.findIndex((byte) => byte < 0x80) + 1)
}

/** Codes that are unknown here are read as `internal`: the refusal with the code that it states. */
function withStatedCode(again: Uint8Array, wire: Uint8Array, place: number): Uint8Array {
  const [stated, read] = [decodeCbor(wire), decodeCbor(again)]
  if (!Array.isArray(stated) || !Array.isArray(read)) return again
  return read[place] === 'internal' ? encodeCbor(read.with(place, stated[place])) : again
}
