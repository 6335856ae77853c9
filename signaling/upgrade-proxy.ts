import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { createRateLimiter } from '../src/domain/kernel/token-bucket.ts'
import { clientNetworkOf, networkBlockOf } from './client-network.ts'
import type { ClientNetworks } from './client-networks.ts'

export interface UpgradeProxyOptions {
  /** Port on 127.0.0.1 at which the relay speaks WebSocket. */
  readonly relayPort: number
  readonly trustProxy: boolean
  readonly nowMs: () => number
  /** Told where each connection comes from. */
  readonly clients: ClientNetworks
  readonly maxConnections?: number
  /** New connections of one client network: the relay itself sees every client at 127.0.0.1 and can't tell them apart. */
  readonly rate?: { readonly burst: number; readonly perSecond: number }
}

/** WebSockets that are piped to the relay. */
export interface UpgradeProxy {
  readonly connections: number
  /** Ends every connection. */
  close(): void
}

const CONNECT_TIMEOUT_MS = 5_000

/**
 * Lets libp2p's WebSocket share the port of the HTTP server: requests to upgrade `/` are passed on to the relay as they
 * came, then both sockets are piped. (libp2p's WebSocket transport listens by itself and takes no server of others, and
 * a multiaddr names no path that its transport would dial.)
 */
export function proxyUpgrades(server: Server, options: UpgradeProxyOptions): UpgradeProxy {
  const {
    relayPort,
    trustProxy,
    nowMs,
    clients,
    maxConnections = 2_000,
    rate = { burst: 200, perSecond: 50 },
  } = options
  const limiter = createRateLimiter(rate, nowMs)
  /** In the order in which they came, with the network that each comes from. */
  const open = new Map<Duplex, string>()

  /** Status line of a refusal, or undefined when the upgrade may pass. */
  function refusalOf(request: IncomingMessage, address: string): string | undefined {
    if (request.url?.split('?')[0] !== '/') return '404 Not Found'
    if (!limiter.take(clientNetworkOf(address))) return '429 Too Many Requests'
    if (open.size >= maxConnections && !makeRoom(networkBlockOf(address))) return '503 Service Unavailable'
    return undefined
  }

  /** Ends the newest connection of the network that has most, if that has more than the one which asks would have. */
  function makeRoom(network: string): boolean {
    const sockets = new Map<string, Duplex[]>()
    for (const [socket, from] of open) sockets.set(from, [...(sockets.get(from) ?? []), socket])
    const [[largest, some] = ['', []]] = [...sockets].sort((a, b) => b[1].length - a[1].length)
    if (largest === network || some.length <= (sockets.get(network)?.length ?? 0) + 1) return false
    const newest = some.at(-1)
    if (newest !== undefined) open.delete(newest)
    newest?.destroy()
    return newest !== undefined
  }

  function passOn(request: IncomingMessage, client: Duplex, firstBytes: Buffer, address: string): void {
    const relay = connect({ host: '127.0.0.1', port: relayPort, noDelay: true })
    relay.setTimeout(CONNECT_TIMEOUT_MS, () => relay.destroy())
    relay.once('connect', () => {
      relay.setTimeout(0)
      const { localPort } = relay
      if (localPort !== undefined) {
        clients.note(localPort, address)
        relay.once('close', () => clients.forget(localPort))
      }
      relay.write(requestHead(request), 'latin1')
      relay.write(firstBytes)
      client.pipe(relay).pipe(client)
    })
    relay.on('error', () => relay.destroy())
    relay.once('close', () => client.destroy())
    client.once('close', () => relay.destroy())
  }

  server.on('upgrade', (request: IncomingMessage, client: Duplex, firstBytes: Buffer) => {
    client.on('error', () => client.destroy())
    const address = clientAddressOf(request, trustProxy)
    const refusal = refusalOf(request, address)
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    open.set(client, networkBlockOf(address))
    client.once('close', () => open.delete(client))
    passOn(request, client, firstBytes, address)
  })

  return {
    get connections() {
      return open.size
    },
    close() {
      for (const client of open.keys()) client.destroy()
    },
  }
}

/** The request as it came, byte for byte as far as Node keeps it. */
function requestHead({ method = 'GET', url = '/', rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function clientAddressOf(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined
  const nearest = String(forwarded ?? '')
    .split(',')
    .at(-1)
    ?.trim()
  return nearest === undefined || nearest === '' ? (request.socket.remoteAddress ?? '') : nearest
}
