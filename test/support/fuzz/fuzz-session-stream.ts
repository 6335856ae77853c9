import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { defaultLimits } from '../../../src/adapters/network-libp2p/limits.ts'
import { serveFetch } from '../../../src/adapters/network-libp2p/fetch-server.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { WHOLE_STREAM } from '../../../src/protocols/exchange.ts'
import {
  encodeFetchMessage,
  MAX_PROVIDER_MESSAGE_BYTES,
  parseProviderMessage,
  type ProviderMessage,
} from '../../../src/protocols/fetch.ts'
import { createFrameDecoder } from '../../../src/protocols/framing.ts'
import { damaged, mutatedWires } from '../mutations.ts'
import { createStreamPair } from '../stream-pair.ts'
import { framed, unframed } from './fetch-kinds.ts'
import { openFuzzNetwork, type FuzzNetwork } from './fuzz-network.ts'
import { fuzzService, type ServiceReport } from './fuzz-service.ts'
import { messagesOf, openSession, type FuzzSession } from './fuzz-session.ts'
import { openFuzzShop, type FuzzShop } from './fuzz-shop.ts'
import { tellStory } from './fuzz-story.ts'
import { joinBytes } from './message-tree.ts'
import { ann } from './people.ts'

/** What a payer sends over one stream. */
type Sent = readonly Uint8Array[]

const MAX_FRAMES = 12
/** Turns of the event loop in which a server answers what it can without the clock. */
const QUIET_TURNS = 6
/** What ends an exchange. */
const finals: readonly ProviderMessage['type'][] = ['opened', 'done', 'acked', 'refusal']

/**
 * Opens so many streams to a seller and sends frames over each in any order, right ones and others, in pieces of any size.
 * Every exchange must end once at most, and whatever breaks the stream must be told by name.
 */
export async function fuzzSessionStream(options: {
  readonly cases: number
  readonly seed: number
}): Promise<ServiceReport> {
  const network = await openFuzzNetwork()
  try {
    await tellStory(network)
    const shop = await openFuzzShop(network)
    const session = await openSession(network, shop, ann)
    return await fuzzService(
      {
        name: 'session stream',
        hostile: streamsOf(session),
        send: (sent) => talk(network, shop, sent),
        async check() {
          const { open, takes } = session
          const said = [open, ...takes.slice(0, 1)].map((message, at) => ({ ...message, exchange: at + 1 }))
          await talk(network, shop, said.map(encodeFetchMessage))
        },
      },
      options,
    )
  } finally {
    await network.close()
  }
}

function streamsOf(session: FuzzSession): fc.Arbitrary<Sent> {
  const messages = messagesOf(session)
  const windows = [1, 65_536].map((creditBytes) => ({ type: 'window', exchange: 2, creditBytes }) as const)
  const all = [...messages, ...windows, { type: 'cancel', exchange: 2 } as const]
  const wires = all.map((message) => unframed(encodeFetchMessage(message)))
  const right = fc.record({
    message: fc.constantFrom(...all),
    // Exchanges are numbered upwards; what belongs to an earlier one names that.
    back: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(3)),
  })
  const wrong = damaged(mutatedWires(wires).map(framed))
  const frames = fc.array(fc.oneof({ weight: 16, arbitrary: right }, { weight: 1, arbitrary: wrong }), {
    minLength: 1,
    maxLength: MAX_FRAMES,
  })
  return frames.map((sent) =>
    sent.map((frame, at) => {
      if (frame instanceof Uint8Array) return frame
      return encodeFetchMessage({ ...frame.message, exchange: Math.max(1, at + 1 - frame.back) })
    }),
  )
}

/** Sends frames over a new stream. Throws what the stream was broken with. */
async function talk({ clock }: FuzzNetwork, shop: FuzzShop, sent: Sent): Promise<void> {
  const [near, far] = createStreamPair()
  const answers: ProviderMessage[] = []
  const decoder = createFrameDecoder(MAX_PROVIDER_MESSAGE_BYTES)
  near.addEventListener('message', ({ data }) => {
    for (const frame of decoder.push(data.subarray())) answers.push(parseProviderMessage(frame))
  })
  serveFetch(
    far,
    ann.peerId,
    { handlers: shop.handlers, clock, mayAsk: () => true, mayVouch: () => true, onBreach: () => undefined },
    { ...defaultLimits, ...defaultLimits.protocols.fetch },
  )
  const bytes = joinBytes(sent)
  const size = 1 + (bytes.length % 997)
  for (let from = 0; from < bytes.length; from += size) near.send(bytes.subarray(from, from + size))
  for (let quiet = 0, heard = 0; quiet < QUIET_TURNS; quiet = heard === answers.length ? quiet + 1 : 0) {
    heard = answers.length
    await setImmediate()
  }
  await near.close()
  expectOneEndEach(answers)
  const broken = answers.find(({ exchange }) => exchange === WHOLE_STREAM)
  if (broken?.type === 'refusal') throw new LoremeshError(broken.code, broken.message)
}

/** Throws when an exchange ended twice, or failed for a reason that is none of the payer's. */
function expectOneEndEach(answers: readonly ProviderMessage[]): void {
  const ended = new Set<number>()
  for (const { type, exchange, ...rest } of answers) {
    if ('code' in rest && rest.code === 'internal') throw new Error(`Exchange ${exchange} failed`)
    if (ended.has(exchange)) throw new Error(`Exchange ${exchange} goes on after its end`)
    if (finals.includes(type)) ended.add(exchange)
  }
}
