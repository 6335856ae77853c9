import type { FastifyInstance } from 'fastify'
import { parametersToJson } from '../src/domain/economy/parameters-json.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { networkIdOf } from '../src/domain/ledger/genesis.ts'
import type { NetworkParameters } from '../src/domain/ledger/network-parameters.ts'
import { NETWORK_INFO_PATH, networkInfoToJson, type NetworkInfo } from '../src/protocols/network-info.ts'
import { clientUrl, webSocketMultiaddr } from './endpoint.ts'
import type { Metrics } from './metrics.ts'
import type { ServerStats } from './stats.ts'

export interface OperationsApiServices {
  /** What clients must know, but for the addresses, which depend on how they reached the server. */
  readonly networkInfo: Omit<NetworkInfo, 'bootstrap' | 'authorities' | 'iceServers'>
  /** STUN and TURN servers, with credentials that are good from now on. */
  readonly iceServers: () => NetworkInfo['iceServers']
  /** Multiaddrs of the relays of other servers. */
  readonly relaysElsewhere: readonly string[]
  /** Parameters in force. */
  readonly parameters: () => NetworkParameters
  /** Multiaddrs of the authorities for a client that reached the server at `url`. */
  readonly authoritiesAt: (url: URL) => readonly string[]
  readonly publicUrl: URL | undefined
  readonly readStats: () => Promise<ServerStats>
  /** Why the server does not serve yet, or empty. */
  readonly unreadyReason: () => string
  readonly metrics: Metrics
}

/** `/healthz`, `/readyz`, `/metrics`, `/stats.json` and `/.well-known/loremesh.json`. */
export function registerOperationsApi(app: FastifyInstance, services: OperationsApiServices): void {
  const { networkInfo, iceServers, relaysElsewhere, parameters, authoritiesAt, publicUrl } = services
  const { readStats, unreadyReason, metrics } = services

  app.get('/healthz', () => ({ status: 'ok' }))

  app.get('/readyz', () => {
    const reason = unreadyReason()
    if (reason !== '') throw new LoremeshError('not-ready', reason, 'Ask again in a moment')
    return { status: 'ok' }
  })

  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(await metrics.render()),
  )

  app.get('/stats.json', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(await readStats()),
  )

  app.get(NETWORK_INFO_PATH, (request, reply) => {
    const url = clientUrl(publicUrl, request)
    const [tracker] = networkInfo.trackers
    if (url === undefined || tracker === undefined) {
      throw new LoremeshError('bad-input', 'The request has no usable Host header')
    }
    const { genesis } = networkInfo
    // Apps served from elsewhere read it too, so it is open to every origin.
    return reply.headers({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' }).send({
      networkId: bytesToHexText(networkIdOf(genesis)),
      ...networkInfoToJson({
        ...networkInfo,
        iceServers: iceServers(),
        bootstrap: [webSocketMultiaddr(url, tracker), ...relaysElsewhere],
        authorities: authoritiesAt(url),
      }),
      tariff: { ...parametersToJson(parameters()), bytes_per_kb: 1024 },
    })
  })
}
