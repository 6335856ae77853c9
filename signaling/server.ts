import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contextPrice } from '../src/domain/economy/price.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { quorumOf } from '../src/domain/ledger/genesis.ts'
import { createTracker } from '../src/domain/tracker/tracker.ts'
import { ANNOUNCE_INTERVAL_MS, ANNOUNCE_TTL_MS } from '../src/protocols/tracker.ts'
import { urlHost } from './endpoint.ts'

import { createClientNetworks } from './client-networks.ts'
import { createGuestSwarm } from './guest-swarm.ts'
import { createHttpApp } from './http-app.ts'
import type { Log } from './log.ts'
import { SERVED_PROTOCOLS, startNetworkServices } from './network-services.ts'
import type { ServerOptions } from './options.ts'
import { openServerAuthorities } from './server-authorities.ts'
import { createSeederProcess } from './seeder-process.ts'
import { createServerMetrics } from './server-metrics.ts'
import { ledgerToJson, type ServerStats } from './stats.ts'
import { withTurnCredentials } from './turn-credentials.ts'
import { proxyUpgrades } from './upgrade-proxy.ts'
import { readWishes } from './wishes-file.ts'

export interface RunningServer {
  /** Where people open the app. */
  readonly url: URL
  /** Why it does not serve yet, as `/readyz` says it; empty once it does. */
  unreadyReason(): string
  /** Lets requests and transfers end, says goodbye and closes everything. */
  stop(): Promise<void>
}

/**
 * Starts the whole server: app and API, relay, tracker, authority and seeder on one port, and other authorities beside it
 * where there are some. Throws `already-running` when a port is taken, and `bad-input` for what can't work.
 */
export async function startServer(
  { log, nowMs }: { readonly log: Log; readonly nowMs: () => number },
  options: ServerOptions,
): Promise<RunningServer> {
  const { dataDir, distDir, publicUrl, trustProxy, allowPrivateAddresses } = options
  const { iceServers, turnSecret } = options
  const authorities = openServerAuthorities({ log, nowMs }, options)
  const { identity, genesis, ledger } = authorities
  // All servers may be given the same list.
  const others = options.servers.filter(({ peerId }) => peerId !== identity.peerId)
  const wishes = readWishes(options.parametersPath)
  const times = { announceTtlMs: ANNOUNCE_TTL_MS, intervalMs: ANNOUNCE_INTERVAL_MS }
  const tracker = createTracker(times)
  const guests = createGuestSwarm(times)
  const clients = createClientNetworks()
  const startedAtMs = nowMs()

  const network = await startNetworkServices(
    { identity, genesis, tracker, log, nowMs, clients },
    { ...options, ledger, wishes },
  )
  const seeder = createSeederProcess({ log }, { entry: HEADLESS_PEER })

  async function readStats(): Promise<ServerStats> {
    return {
      ...tracker.counts(nowMs()),
      guestsOnline: guests.counts(nowMs()).peersOnline,
      connections: proxy.connections,
      seederAnnounced: seeder.peerId !== undefined,
      uptimeSeconds: Math.round((nowMs() - startedAtMs) / 1000),
      authorities: {
        total: genesis.authorities.length,
        reachable: network.reachable(),
        quorum: quorumOf(genesis),
      },
      ledger: ledgerToJson(await network.status(), nowMs()),
    }
  }

  function unreadyReason(): string {
    const reachable = network.reachable()
    if (reachable < quorumOf(genesis)) {
      return `Only ${reachable} of ${genesis.authorities.length} authorities can be reached, so that no entry can be certified`
    }
    return options.seeder && seeder.peerId === undefined
      ? 'The seeder has not announced its contexts yet'
      : ''
  }

  const app = await createHttpApp(
    {
      tracker,
      guests,
      seeder,
      priceOf: (sizeBytes) => contextPrice(sizeBytes, network.parameters().pricePerKb),
      nowMs,
      log,
      networkInfo: {
        genesis,
        protocols: SERVED_PROTOCOLS,
        trackers: [identity.peerId, ...others.map(({ peerId }) => peerId)],
        allowPrivateAddresses,
      },
      relaysElsewhere: others.map(({ address }) => address),
      iceServers: () => withTurnCredentials(iceServers, { secret: turnSecret, nowMs: nowMs() }),
      parameters: network.parameters,
      authoritiesAt: authorities.addressesAt,
      publicUrl,
      readStats,
      unreadyReason,
      metrics: createServerMetrics(readStats),
    },
    { distDir, trustProxy },
  )
  const proxy = proxyUpgrades(app.server, { relayPort: network.port, trustProxy, nowMs, clients })

  async function stop(): Promise<void> {
    // The seeder claims what it earned while the authorities still answer.
    await seeder.stop()
    proxy.close()
    await app.close()
    await authorities.stop()
    await network.stop()
  }

  const { host, port } = options
  try {
    network.learn(await authorities.start(network.port))
    await app.listen({ host, port }).catch((error: unknown) => {
      throw listenError(error, host, port)
    })
  } catch (error) {
    await stop()
    throw error
  }
  const listening = (app.server.address() as AddressInfo).port
  const reachable = new URL(`http://${urlHost(host)}:${listening}/`)
  if (options.seeder) {
    const data = join(dataDir, 'seeder')
    seeder.start(['--server', reachable.href, '--data', data, 'seed', options.libraryDir])
  }
  return { url: publicUrl ?? reachable, unreadyReason, stop }
}

const HEADLESS_PEER = fileURLToPath(new URL('../src/headless.ts', import.meta.url))

function listenError(error: unknown, host: string, port: number): LoremeshError {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') {
    return new LoremeshError(
      'already-running',
      `Port ${port} of ${host} is in use`,
      `Stop the other program, or take another port: npm start -- --port ${port + 1}`,
    )
  }
  const hint = code === 'EACCES' ? 'Take a port above 1023' : 'Check --host and --port'
  return new LoremeshError('bad-input', `The server can't listen on ${host}:${port}`, hint, { cause: error })
}
