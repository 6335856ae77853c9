import { isLoremeshError, LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import { idle, type Scheduler } from './scheduler.ts'
import type { Weather } from './weather.ts'

declare const nodeName: unique symbol
/** Names a process on the network: two processes may run with one key, and a key outlives its processes. */
export type NodeName = string & { readonly [nodeName]: true }

/** What carries messages between nodes: late, in any order, twice, or not at all. */
export interface VirtualWires {
  readonly figures: { readonly messages: number; readonly lost: number; readonly partitions: number }
  /** Changes whenever somebody comes, goes, or is cut off. */
  readonly version: number
  add(node: NodeName): void
  remove(node: NodeName): void
  /** Nodes that are up, in the order in which they came. */
  nodes(): readonly NodeName[]
  /** Whether a message between two nodes would arrive. */
  connects(a: NodeName, b: NodeName): boolean
  /** Splits the network: messages pass only between nodes with the same side. Those not named are on side 0. */
  split(sides: ReadonlyMap<NodeName, number>): void
  heal(): void
  send(from: NodeName, to: NodeName, arrive: () => unknown): void
  /** A request and its answer. Throws what `serve` throws, `not-connected` and `timeout`. */
  exchange<T>(from: NodeName, to: NodeName, serve: () => Promise<T>, options?: ExchangeOptions): Promise<T>
}

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined
  /** A part of a stream, which never comes twice. */
  readonly isPart?: boolean
}

const MIN_DELAY_MS = 5
const USUAL_DELAY_MS = 120
const MAX_DELAY_MS = 800
const MAX_REPLAY_DELAY_MS = 20_000
const TIMEOUT_MS = 5_000

/** A name for a process; never two the same. */
export function toNodeName(text: string): NodeName {
  return text as NodeName
}

/** Wires in this weather. `onFault` is told of what a node throws that is no refusal. */
export function createVirtualWires(
  { scheduler, weather }: { readonly scheduler: Scheduler; readonly weather: Weather },
  { onFault }: { readonly onFault: (error: unknown) => void },
): VirtualWires {
  const { random } = scheduler
  const up = new Set<NodeName>()
  const figures = { messages: 0, lost: 0, partitions: 0 }
  let sides: ReadonlyMap<NodeName, number> = new Map()
  let version = 0

  const sideOf = (node: NodeName): number => sides.get(node) ?? 0
  const connects = (a: NodeName, b: NodeName): boolean => up.has(a) && up.has(b) && sideOf(a) === sideOf(b)

  function delayMs(): number {
    const isSlow = weather.slowness > 0 && random.chance(weather.slowness)
    return random.between(MIN_DELAY_MS, isSlow ? MAX_DELAY_MS : USUAL_DELAY_MS)
  }

  function send(from: NodeName, to: NodeName, arrive: () => unknown, isPart = false): void {
    figures.messages += 1
    if (!connects(from, to) || (weather.loss > 0 && random.chance(weather.loss))) {
      figures.lost += 1
      return
    }
    const deliver = (): unknown => (connects(from, to) ? arrive() : idle)
    scheduler.after(delayMs(), deliver)
    if (isPart) return
    if (weather.duplication > 0 && random.chance(weather.duplication)) scheduler.after(delayMs(), deliver)
    if (weather.replay > 0 && random.chance(weather.replay)) {
      scheduler.after(random.between(MAX_DELAY_MS, MAX_REPLAY_DELAY_MS), deliver)
    }
  }

  function toRefusal(error: unknown): LoremeshError {
    if (!isLoremeshError(error)) onFault(error)
    return toLoremeshError(error)
  }

  return {
    figures,
    get version() {
      return version
    },
    add(node) {
      up.add(node)
      version += 1
    },
    remove(node) {
      up.delete(node)
      version += 1
    },
    nodes: () => [...up],
    connects,
    split(next) {
      sides = next
      version += 1
      figures.partitions += 1
    },
    heal() {
      sides = new Map()
      version += 1
    },
    send: (from, to, arrive) => send(from, to, arrive),
    exchange: (from, to, serve, { signal, isPart = false } = {}) =>
      new Promise((resolve, reject) => {
        const cancelTimeout = scheduler.after(TIMEOUT_MS, () =>
          end(() => reject(new LoremeshError('timeout', 'No answer came'))),
        )
        const stop = (): void =>
          end(() => reject(new LoremeshError('aborted', 'Nobody waits for the answer')))

        function end(settle: () => void): void {
          cancelTimeout()
          signal?.removeEventListener('abort', stop)
          settle()
        }

        function answer(settle: () => void): void {
          send(to, from, () => end(settle))
        }

        if (signal?.aborted === true) {
          stop()
          return
        }
        signal?.addEventListener('abort', stop, { once: true })
        if (!up.has(to)) {
          // Who is gone is noticed when the connection is made; who is cut off is not.
          scheduler.after(delayMs(), () =>
            end(() => reject(new LoremeshError('not-connected', 'Nobody is there'))),
          )
          return
        }
        const ask = (): void => {
          serve().then(
            (result) => answer(() => resolve(result)),
            (error: unknown) => {
              const refusal = toRefusal(error)
              answer(() => reject(refusal))
            },
          )
        }
        send(from, to, ask, isPart)
      }),
  }
}
