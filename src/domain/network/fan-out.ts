import type { PeerId } from '../identity/account.ts'

/** Somebody who can be asked. */
export interface Askable {
  readonly peerId: PeerId
}

/** Peers that one question is sent to: each finds only what it has, so who is not asked is missing in the answer. */
export const MAX_ASKED_PEERS = 16
/** Of these, those of which nobody knows whether they fit: or what was never announced here would never be found. */
export const EXPLORED_PEERS = 4

/**
 * Peers worth asking: one for each of the announced contexts that fit best, drawn among its providers, and a few at random
 * of all others, or as many as there is room for. `draw` puts the providers of one context in the order in which they are
 * to be tried, leaving out who may not earn; `random` gives numbers from 0 to below 1.
 */
export function choosePeers<T extends Askable>(
  announced: readonly (readonly T[])[],
  reachable: readonly T[],
  {
    draw,
    random,
  }: { readonly draw: (providers: readonly T[]) => readonly T[]; readonly random: () => number },
): readonly T[] {
  const fitting = new Map<PeerId, T>()
  for (const providers of announced) {
    const [first] = draw(providers.filter(({ peerId }) => !fitting.has(peerId)))
    if (first !== undefined) fitting.set(first.peerId, first)
  }
  const best = [...fitting.values()].slice(0, MAX_ASKED_PEERS - EXPLORED_PEERS)
  const chosen = new Set(best.map(({ peerId }) => peerId))
  const others = reachable
    .filter(({ peerId }) => !chosen.has(peerId))
    .map((peer) => ({ peer, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ peer }) => peer)
  return [...best, ...others.slice(0, MAX_ASKED_PEERS - best.length)]
}
