import { digestToContextHash, type ContextHash } from '../src/domain/content/context-hash.ts'
import type { PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { sha256Digest } from '../src/domain/kernel/hashing.ts'
import { createWritable } from '../src/domain/kernel/readable.ts'
import { parseEntry } from '../src/domain/ledger/entry-codec.ts'
import type { EntryHash, SignedEntry } from '../src/domain/ledger/entry.ts'
import type { Network, NetworkHandlers } from '../src/ports/network.ts'
import { startingNetwork } from '../src/peer/starting-network.ts'
import { takeInProcess } from '../test/support/in-process-take.ts'
import { linkTo } from '../test/support/network-links.ts'
import type { Scheduler } from './scheduler.ts'
import { subjectOf } from '../src/domain/gossip/ledger-watch.ts'
import type { VirtualGossip } from './virtual-gossip.ts'
import type { ExchangeOptions, NodeName, VirtualWires } from './virtual-wires.ts'

/** A process of a peer on the network. */
export interface PeerProcess {
  readonly node: NodeName
  readonly peerId: PeerId
  /** Makes a call into the process fail once the process is gone. */
  visit<T>(call: () => Promise<T>): Promise<T>
  /** Wraps the handlers of a peer that does not behave. */
  readonly misbehave?: ((handlers: NetworkHandlers) => Partial<NetworkHandlers>) | undefined
}

/** What is seen of peers' dealings by somebody who sees every wire. */
export interface PeerEvents {
  /** A reserve was shown to a payee, whatever it answers. */
  readonly onShown: (payee: PeerProcess, reserve: SignedEntry) => void
  /** An entry was gossiped to a peer. */
  readonly onHeard: (peer: PeerProcess, signed: SignedEntry) => void
  /** Something came to the payer as a context. */
  readonly onContext: (delivery: {
    readonly payer: PeerId
    readonly payee: PeerId
    readonly reserve: EntryHash
    readonly contextHash: ContextHash
    readonly bytes: Uint8Array
  }) => void
}

/** Peers that reach each other over wires. */
export interface VirtualPeers {
  /** The network as a process sees it. It is reached between `start` and `leave`. */
  createNetwork(process: PeerProcess): Network
  leave(process: PeerProcess): void
  /** What a process without a peer uses to call others. */
  handlersOf(from: PeerProcess, to: PeerId): Pick<NetworkHandlers, 'onSession' | 'onTake' | 'onVoucher'>
}

interface Member {
  readonly process: PeerProcess
  readonly handlers: NetworkHandlers
}

/** Peers over `wires` that gossip with `gossip`. */
export function createVirtualPeers(
  {
    scheduler,
    wires,
    gossip,
  }: { readonly scheduler: Scheduler; readonly wires: VirtualWires; readonly gossip: VirtualGossip },
  events: PeerEvents,
): VirtualPeers {
  /** Of two processes with one key the later one is reached. */
  const members = new Map<PeerId, Member[]>()
  const links = new Set<string>()

  function memberOf(peerId: PeerId): Member | undefined {
    return members.get(peerId)?.at(-1)
  }

  function reach(peerId: PeerId): Member {
    const member = memberOf(peerId)
    if (member === undefined) throw gone()
    return member
  }

  /** A call of another peer's handlers. */
  function call<T>(
    from: PeerProcess,
    to: PeerId,
    run: (handlers: NetworkHandlers, process: PeerProcess) => Promise<T>,
    options: ExchangeOptions = {},
  ): Promise<T> {
    const member = memberOf(to)
    if (member === undefined) return Promise.reject(gone())
    const { node } = member.process
    return wires.exchange(
      from.node,
      node,
      async () => {
        const { handlers, process } = reach(to)
        return process.visit(() => run(handlers, process))
      },
      options,
    )
  }

  function handlersOf(
    from: PeerProcess,
    to: PeerId,
    signal?: AbortSignal,
  ): Pick<NetworkHandlers, 'onSession' | 'onTake' | 'onVoucher'> {
    const self = from.peerId
    return {
      onSession: (opening) =>
        call(
          from,
          to,
          (handlers, process) => {
            events.onShown(process, parseEntry(opening.reserveWire))
            return handlers.onSession(opening, self)
          },
          { signal },
        ),
      onVoucher: (reserve, voucher) =>
        call(from, to, (handlers) => handlers.onVoucher(reserve, voucher, self), { signal }),
      async onTake(request) {
        const serving = await call(from, to, (handlers) => handlers.onTake(request, self), { signal })
        const source = serving.contents[Symbol.asyncIterator]()
        const contents: AsyncIterableIterator<Uint8Array> = {
          [Symbol.asyncIterator]: () => contents,
          async next() {
            try {
              const result = await call(from, to, () => source.next(), { signal, isPart: true })
              if (result.done !== true) {
                const bytes = result.value
                const contextHash = digestToContextHash(sha256Digest(bytes))
                events.onContext({ payer: self, payee: to, reserve: request.reserve, contextHash, bytes })
              }
              return result
            } catch (error) {
              void source.return?.().catch(() => undefined)
              throw error
            }
          },
          return: async () => (await source.return?.()) ?? { done: true, value: undefined },
        }
        return { ...serving, contents }
      },
    }
  }

  function link(a: PeerProcess, b: PeerProcess): void {
    const name = linkName(a, b)
    if (links.has(name)) return
    links.add(name)
    for (const [self, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const member = members.get(self.peerId)?.find(({ process }) => process === self)
      member?.handlers.onLinkOpened(other.peerId)
    }
  }

  function leave(process: PeerProcess): void {
    const left = (members.get(process.peerId) ?? []).filter((member) => member.process !== process)
    members.delete(process.peerId)
    if (left.length > 0) members.set(process.peerId, left)
    for (const name of links) if (name.split(' ').includes(process.node)) links.delete(name)
    gossip.leave(process.node)
    wires.remove(process.node)
  }

  function join(process: PeerProcess, handlers: NetworkHandlers): void {
    wires.add(process.node)
    const member = { process, handlers: { ...handlers, ...process.misbehave?.(handlers) } }
    members.set(process.peerId, [...(members.get(process.peerId) ?? []), member])
    gossip.join(process.node, {
      peerId: process.peerId,
      isFaulty: false,
      judge(message, from) {
        if (message.type === 'entry') events.onHeard(process, message.signed)
        return process
          .visit(async () => handlers.onGossip(message, from, subjectOf(message)))
          .catch(() => 'ignore')
      },
    })
  }

  return {
    leave,
    handlersOf,
    createNetwork(process) {
      const state = createWritable(startingNetwork)
      const other = (peerId: PeerId, signal?: AbortSignal) => handlersOf(process, peerId, signal)
      return {
        state,
        start(handlers) {
          join(process, handlers)
          state.set({ ...startingNetwork, phase: 'connected' })
          return Promise.resolve()
        },
        addressesOf: () => Promise.resolve([]),
        leave: () => undefined,
        recheck: () => Promise.resolve(),
        stop() {
          leave(process)
          return Promise.resolve()
        },
        async connect(peerId, _, signal) {
          const reached = await call(process, peerId, (_handlers, answering) => Promise.resolve(answering), {
            signal,
          })
          link(process, reached)
          return linkTo(peerId, { openedAtMs: scheduler.nowMs() })
        },
        selfTest: () => Promise.resolve([]),
        search: (peerId, request, signal) =>
          call(process, peerId, (handlers) => handlers.onSearch(request, process.peerId), { signal }),
        openSession: (peerId, opening, signal) => other(peerId, signal).onSession(opening, process.peerId),
        take: (peerId, request, signal) => takeInProcess(other(peerId, signal), process.peerId, request),
        sendVoucher: (peerId, reserve, voucher, signal) =>
          other(peerId, signal).onVoucher(reserve, voucher, process.peerId),
        // Descriptors are of no matter to the ledger.
        listAnnounced: () => Promise.resolve([]),
        getDescriptors: () => Promise.resolve([]),
        publish(message) {
          if (message.type !== 'descriptors') gossip.publish(process.node, message)
          return Promise.resolve()
        },
        // No simulated network is large enough for shards.
        listen: () => undefined,
      }
    },
  }
}

function gone(): LoremeshError {
  return new LoremeshError('not-connected', 'The peer is gone')
}

function linkName(a: PeerProcess, b: PeerProcess): string {
  return [a.node, b.node].sort().join(' ')
}
