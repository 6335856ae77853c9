import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Dialer } from './dialing.ts'
import type { Links } from './links.ts'

const SWEEP_MS = 10_000
/** A link through a relay that is younger than this most likely only carries the signals for a direct one. */
const SETTLED_MS = 10_000
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 600_000

/**
 * Tries again and again, after growing pauses, to make direct links of those that this peer opened through a relay, until
 * the returned function is called: the firewall between, the peer's network or this one may have changed.
 */
export function startLinkUpgrades({
  links,
  dialer,
  clock,
}: {
  readonly links: Pick<Links, 'list'>
  readonly dialer: Pick<Dialer, 'connect'>
  readonly clock: Pick<Clock, 'nowMs' | 'every'>
}): () => void {
  const next = new Map<PeerId, { readonly atMs: number; readonly waitMs: number }>()

  return clock.every(SWEEP_MS, () => {
    const nowMs = clock.nowMs()
    const relayed = links
      .list()
      .filter(({ kind, direction, openedAtMs }) => {
        const isSettled = nowMs - openedAtMs >= SETTLED_MS
        return kind === 'relay' && direction === 'outbound' && isSettled
      })
      .map(({ peerId }) => peerId)
    for (const peerId of next.keys()) if (!relayed.includes(peerId)) next.delete(peerId)
    for (const peerId of relayed) {
      const { atMs, waitMs } = next.get(peerId) ?? { atMs: nowMs, waitMs: FIRST_WAIT_MS }
      if (nowMs < atMs) continue
      next.set(peerId, { atMs: nowMs + waitMs, waitMs: Math.min(2 * waitMs, LONGEST_WAIT_MS) })
      // What failed is noted by the dialer.
      void dialer.connect(peerId, []).catch(() => undefined)
    }
  })
}
