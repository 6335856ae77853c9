import type { PeerId } from '../src/domain/identity/account.ts'

/**
 * The server's WebSocket as a multiaddr for somebody who reached it at `url`: `/dns4/mesh.example.org/tcp/443/tls/ws/p2p/…`.
 * HTTP and libp2p share one port, so a client that loaded the page can join by the same way.
 */
export function webSocketMultiaddr(url: URL, server: PeerId): string {
  const secure = url.protocol === 'https:'
  const port = url.port === '' ? (secure ? '443' : '80') : url.port
  return `${hostComponent(url.hostname)}/tcp/${port}${secure ? '/tls' : ''}/ws/p2p/${server}`
}

function hostComponent(hostname: string): string {
  if (hostname.startsWith('[')) return `/ip6/${hostname.slice(1, -1)}`
  return /^\d+(\.\d+){3}$/.test(hostname) ? `/ip4/${hostname}` : `/dns4/${hostname}`
}

/** The URL that a client used: the configured one, else the Host of its request; undefined when that is none. */
export function clientUrl(
  publicUrl: URL | undefined,
  request: { readonly protocol: string; readonly host: string },
): URL | undefined {
  if (publicUrl !== undefined) return publicUrl
  const text = `${request.protocol}://${request.host}/`
  if (!/^[\w.:[\]-]+$/.test(request.host) || !URL.canParse(text)) return undefined
  return new URL(text)
}

/** The host by which this machine itself reaches a server that listens on `host`. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
