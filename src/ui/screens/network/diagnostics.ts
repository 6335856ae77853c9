import type { PeerId } from '../../../domain/identity/account.ts'
import type { AuthorityState, NetworkState, PeerStatus } from '../../../peer/peer.ts'

/**
 * What helps to find out why a peer is not connected, as JSON text that can be shown to anybody: it holds no key, no
 * question and no document, and numeric addresses are cut to their network (IPv4 /16, IPv6 /32).
 */
export function networkDiagnostics(
  peerId: PeerId,
  status: PeerStatus,
  network: NetworkState,
  authorities: AuthorityState,
  { takenAtMs, browser }: { readonly takenAtMs: number; readonly browser: string },
): string {
  const report = { takenAtMs, browser, peerId, status, ...network, authorities }
  return JSON.stringify(report, toReadable, 2)
    .replace(/\b(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}\b/g, '$1.x.x')
    .replace(/\/ip6\/([0-9a-f]*:[0-9a-f]*)[0-9a-f:.]*/gi, '/ip6/$1:x')
}

/** Times as ISO text, numbers that were not measured as null. */
function toReadable(key: string, value: unknown): unknown {
  if (typeof value !== 'number') return value
  if (!Number.isFinite(value)) return null
  return /(^at|At|Since)Ms$/.test(key) ? new Date(value).toISOString() : value
}
