import type { LedgerNews } from '../../src/domain/gossip/ledger-watch.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { createWritable } from '../../src/domain/kernel/readable.ts'
import type { ContextRouting, ProviderRecord, SharedContext } from '../../src/ports/context-routing.ts'
import type { Network, NetworkHandlers } from '../../src/ports/network.ts'
import { subjectOfMessage } from '../../src/peer/gossip.ts'
import { startingNetwork } from '../../src/peer/starting-network.ts'
import type { HubClock } from './hub-clock.ts'
import { takeInProcess } from './in-process-take.ts'
import { testIdentity } from './ledger.ts'
import type { Life } from './mortal-process.ts'
import { linkTo } from './network-links.ts'

/** Wraps a peer's handlers, to make it answer as an honest peer would not. */
export type Intercept = (handlers: NetworkHandlers, identity: Identity) => Partial<NetworkHandlers>

/** Peers that reach each other by calls. */
export interface HubNetwork {
  /** A peer's part in it. What the peer publishes about the ledger is given to `onNews` as well. */
  addMember(
    identity: Identity,
    life: Life,
    intercept: Intercept | undefined,
    onNews: (news: LedgerNews) => Promise<void>,
  ): { readonly network: Network; readonly routing: ContextRouting; leave(): void }
  /** Tells every peer what the server spreads. */
  tell(news: LedgerNews): void
  /** What a peer announced last. */
  announcedBy(peerId: PeerId): readonly SharedContext[]
}

interface Member {
  readonly handlers: NetworkHandlers
  readonly life: Life
  shared: readonly SharedContext[]
}

/** The failure of a call to who is not there. */
export function notConnected(): LoremeshError {
  return new LoremeshError('not-connected', 'The peer is gone')
}

/** Creates the network; `fateOf` says what becomes of each call. */
export function createHubNetwork(
  clock: HubClock,
  fateOf: (from: PeerId, to: PeerId, call: string) => 'passes' | 'is-lost' | 'answer-is-lost',
): HubNetwork {
  const members = new Map<PeerId, Member>()
  /** Pairs of peers that are linked. */
  const links = new Set<string>()
  const server = testIdentity(250).peerId

  function reach(peerId: PeerId): Member {
    const member = members.get(peerId)
    if (member === undefined) throw notConnected()
    return member
  }

  /** A call from one peer to another one. */
  async function call<T>(
    from: PeerId,
    to: PeerId,
    name: string,
    run: (handlers: NetworkHandlers) => Promise<T>,
  ): Promise<T> {
    clock.stir()
    const { handlers, life } = reach(to)
    const fate = fateOf(from, to, name)
    if (fate === 'is-lost') throw lost()
    const answer = await life.visit(() => run(handlers))
    clock.stir()
    if (fate === 'answer-is-lost') throw lost()
    return answer
  }

  /** The handlers of a peer as another one reaches them for as long as it lives itself. */
  function handlersFor(from: PeerId, life: Life, to: PeerId): Pick<NetworkHandlers, 'onTake' | 'onVoucher'> {
    return {
      onVoucher: (reserve, voucher) =>
        call(from, to, 'voucher', (handlers) => handlers.onVoucher(reserve, voucher, from)),
      async onTake(request) {
        const serving = await call(from, to, 'take', (handlers) => handlers.onTake(request, from))
        const source = serving.contents[Symbol.asyncIterator]()
        const contents: AsyncIterableIterator<Uint8Array> = {
          [Symbol.asyncIterator]: () => contents,
          async next() {
            try {
              return await life.visit(() => call(from, to, 'context', () => source.next()))
            } catch (error) {
              source.return?.().catch(() => undefined)
              throw error
            }
          },
          return: async () => (await source.return?.()) ?? { done: true, value: undefined },
        }
        return { ...serving, contents }
      },
    }
  }

  function link(a: PeerId, b: PeerId): void {
    const name = [a, b].sort().join()
    if (links.has(name)) return
    links.add(name)
    reach(a).handlers.onLinkOpened(b)
    reach(b).handlers.onLinkOpened(a)
  }

  function unlink(peerId: PeerId): void {
    for (const name of links) if (name.split(',').includes(peerId)) links.delete(name)
  }

  function createNetwork(
    identity: Identity,
    life: Life,
    intercept: Intercept | undefined,
    onNews: (news: LedgerNews) => Promise<void>,
  ): Network {
    const self = identity.peerId
    const state = createWritable(startingNetwork)
    return {
      state,
      start(handlers) {
        members.set(self, { handlers: { ...handlers, ...intercept?.(handlers, identity) }, life, shared: [] })
        state.set({ ...startingNetwork, phase: 'relay-only', reason: 'No other peer yet.' })
        return Promise.resolve()
      },
      leave: () => undefined,
      recheck: () => Promise.resolve(),
      stop() {
        if (members.get(self)?.life === life) members.delete(self)
        unlink(self)
        return Promise.resolve()
      },
      async connect(peerId) {
        await call(self, peerId, 'connect', () => Promise.resolve())
        link(self, peerId)
        return linkTo(peerId, { openedAtMs: clock.nowMs() })
      },
      addressesOf: () => Promise.resolve([]),
      selfTest: () => Promise.resolve([]),
      search: (peerId, request) =>
        call(self, peerId, 'search', (handlers) => handlers.onSearch(request, self)),
      listAnnounced: (peerId) => call(self, peerId, 'list', (handlers) => handlers.onAnnounced(self)),
      getDescriptors: (peerId, wanted) =>
        call(self, peerId, 'descriptors', (handlers) => handlers.onDescriptors(wanted)),
      openSession: (peerId, opening) =>
        call(self, peerId, 'session', (handlers) => handlers.onSession(opening, self)),
      take: (peerId, request, signal) =>
        takeInProcess(handlersFor(self, life, peerId), self, request, signal),
      sendVoucher: (peerId, reserve, voucher) =>
        handlersFor(self, life, peerId).onVoucher(reserve, voucher, self),
      async publish(message) {
        for (const [peerId, { handlers, life: other }] of members) {
          if (peerId === self || fateOf(self, peerId, 'gossip') !== 'passes') continue
          await other
            .visit(async () => handlers.onGossip(message, self, subjectOfMessage(message)))
            .catch(() => 'ignore')
        }
        if (message.type !== 'descriptors') await onNews(message)
      },
      listen: () => undefined,
    }
  }

  function createRouting(self: PeerId): ContextRouting {
    return {
      provide(contexts) {
        const member = members.get(self)
        if (member !== undefined) member.shared = contexts
        return Promise.resolve({ intervalMs: 30_000, peersOnline: members.size, contextsTotal: 0 })
      },
      findProviders: (contextHash) =>
        Promise.resolve(
          [...members]
            .filter(([, { shared }]) => shared.some((context) => context.contextHash === contextHash))
            .map(([peerId]) => recordOf(peerId)),
        ),
      listPeers: () =>
        Promise.resolve(
          [...members].filter(([, { shared }]) => shared.length > 0).map(([peerId]) => recordOf(peerId)),
        ),
    }
  }

  return {
    addMember: (identity, life, intercept, onNews) => ({
      network: createNetwork(identity, life, intercept, onNews),
      routing: createRouting(identity.peerId),
      leave() {
        if (members.get(identity.peerId)?.life === life) members.delete(identity.peerId)
        unlink(identity.peerId)
      },
    }),
    tell(news) {
      clock.stir()
      for (const { handlers, life } of members.values()) {
        life.visit(async () => handlers.onGossip(news, server, subjectOfMessage(news))).catch(() => undefined)
      }
    },
    announcedBy: (peerId) => members.get(peerId)?.shared ?? [],
  }
}

function lost(): LoremeshError {
  return new LoremeshError('timeout', 'It was lost on its way')
}

function recordOf(peerId: PeerId): ProviderRecord {
  return { peerId, addresses: [], reputation: 0.5, uptimePercent: 100, latencyMs: Number.NaN }
}
