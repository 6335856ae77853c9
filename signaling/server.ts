import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contextPrice } from '../src/domain/economy/price.ts'
import { peerIdToAccount, accountToPeerId } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { NEWCOMER_REPUTATION, newcomerReputation } from '../src/domain/reputation/reputation-view.ts'
import { createTracker } from '../src/domain/tracker/tracker.ts'
import { ANNOUNCE_INTERVAL_MS, ANNOUNCE_TTL_MS } from '../src/protocols/tracker.ts'
import { openGenesis } from './genesis-file.ts'
import { createGuestSwarm } from './guest-swarm.ts'
import { createHttpApp } from './http-app.ts'
import { openServerIdentity } from './key-file.ts'
import type { Log } from './log.ts'
import { SERVED_PROTOCOLS, startNetworkServices } from './network-services.ts'
import type { ServerOptions } from './options.ts'
import { createSeederProcess } from './seeder-process.ts'
import { createServerMetrics } from './server-metrics.ts'
import { ledgerTotalsToJson, type ServerStats } from './stats.ts'
import { proxyUpgrades } from './upgrade-proxy.ts'

export interface RunningServer {
  /** Where people open the app. */
  readonly url: URL
  /** Lets requests and transfers end, says goodbye and closes everything. */
  stop(): Promise<void>
}

/**
 * Starts the whole server: app and API, relay, tracker, authority and seeder, on one port. Throws `already-running` when
 * the port is taken, and `bad-input` for a damaged data folder.
 */
export async function startServer(
  { log, nowMs }: { readonly log: Log; readonly nowMs: () => number },
  options: ServerOptions,
): Promise<RunningServer> {
  const { dataDir, distDir, publicUrl, trustProxy, iceServers, allowPrivateAddresses } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const identity = openServerIdentity(dataDir)
  const genesis = openGenesis(options, identity.account, nowMs())
  const times = { announceTtlMs: ANNOUNCE_TTL_MS, intervalMs: ANNOUNCE_INTERVAL_MS }
  const reputationOf = newcomerReputation.reputationOf
  const tracker = createTracker({ reputationOf: (peerId) => reputationOf(peerIdToAccount(peerId)) }, times)
  const guests = createGuestSwarm({ reputation: NEWCOMER_REPUTATION }, times)
  const startedAtMs = nowMs()

  const network = await startNetworkServices(
    { identity, genesis, tracker, log, nowMs },
    { ledgerPath: join(dataDir, 'ledger.sqlite'), grantsPerDay: options.grantsPerDay, publicUrl },
  )
  const seeder = createSeederProcess({ log }, { entry: HEADLESS_PEER })

  function readStats(): ServerStats {
    return {
      ...tracker.counts(nowMs()),
      guestsOnline: guests.counts(nowMs()).peersOnline,
      connections: proxy.connections,
      seederAnnounced: seeder.peerId !== undefined,
      uptimeSeconds: Math.round((nowMs() - startedAtMs) / 1000),
      ledger: ledgerTotalsToJson(network.authority.totals()),
    }
  }

  const app = await createHttpApp(
    {
      tracker,
      guests,
      seeder,
      priceOf: (sizeBytes) => contextPrice(sizeBytes, genesis.pricePerKb),
      nowMs,
      log,
      networkInfo: {
        genesis,
        protocols: SERVED_PROTOCOLS,
        trackers: [identity.peerId],
        authorities: genesis.authorities.map(accountToPeerId),
        iceServers,
        allowPrivateAddresses,
      },
      publicUrl,
      readStats,
      unreadyReason: () =>
        options.seeder && seeder.peerId === undefined ? 'The seeder has not announced its contexts yet' : '',
      metrics: createServerMetrics(readStats),
    },
    { distDir, trustProxy },
  )
  const proxy = proxyUpgrades(app.server, { relayPort: network.relayPort, trustProxy, nowMs })

  async function stop(): Promise<void> {
    // The seeder claims what it earned while the authority still answers.
    await seeder.stop()
    proxy.close()
    await app.close()
    await network.stop()
  }

  const { host, port } = options
  try {
    await app.listen({ host, port })
  } catch (error) {
    await stop()
    throw listenError(error, host, port)
  }
  const listening = (app.server.address() as AddressInfo).port
  const reachable = new URL(`http://${urlHost(host)}:${listening}/`)
  if (options.seeder) {
    const data = join(dataDir, 'seeder')
    seeder.start(['--server', reachable.href, '--data', data, 'seed', options.libraryDir])
  }
  return { url: publicUrl ?? reachable, stop }
}

const HEADLESS_PEER = fileURLToPath(new URL('../src/headless.ts', import.meta.url))

/** The host by which this machine itself reaches a server that listens on `host`. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

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
