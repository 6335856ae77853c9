import type { NetworkHandlers, Serving } from '../src/ports/network.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What a payee does instead of delivering. */
export const rogueries = ['rubbish', 'vanish', 'lie'] as const
export type Roguery = (typeof rogueries)[number]

/** How often it does. */
const RATE = 0.6

/** Wraps the handlers of a payee that delivers rubbish, stops in the middle, or states a delivery that was none. */
export function misbehaveAs(
  roguery: Roguery,
  random: SeededRandom,
): (handlers: NetworkHandlers) => Partial<NetworkHandlers> {
  return (handlers) => ({
    async onTake(request, from) {
      const serving = await handlers.onTake(request, from)
      return random.chance(RATE) ? spoil(serving, roguery, random) : serving
    },
  })
}

function spoil(serving: Serving, roguery: Roguery, random: SeededRandom): Serving {
  switch (roguery) {
    case 'rubbish':
      return { ...serving, contents: rubbish(serving.contents, random) }
    case 'vanish':
      return { ...serving, contents: stopAfter(serving.contents, random.between(0, 2)) }
    case 'lie':
      return { ...serving, deliveryWire: () => random.bytes(200) }
  }
}

async function* rubbish(
  contents: AsyncIterable<Uint8Array>,
  random: SeededRandom,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of contents) yield random.chance(0.5) ? bytes.map((byte) => byte ^ 1) : bytes
}

async function* stopAfter(contents: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const bytes of contents) {
    if (left-- === 0) await new Promise(() => undefined)
    yield bytes
  }
}
