import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../src/domain/identity/identity.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import { createAuthorityDirectory } from './authority-directory.ts'
import { webSocketMultiaddr } from './endpoint.ts'
import { openGenesis } from './genesis-file.ts'
import { openServerIdentity } from './key-file.ts'
import { checkDatabaseUrls, databaseVariable, ledgerLocations } from './ledger-place.ts'
import { createAuthorityKeys, createLocalAuthorities, findLocalAuthorities } from './local-authorities.ts'
import type { Log } from './log.ts'
import type { ServerOptions } from './options.ts'

/** The authorities of the server's network: its own, those that it runs beside it, and those elsewhere. */
export interface ServerAuthorities {
  /** The server's own key, which is that of its authority. */
  readonly identity: Identity
  readonly genesis: Genesis
  /** Where the server's own authority keeps its ledger, a shard at each place. */
  readonly ledger: readonly string[]
  /**
   * Starts the authorities beside the own one, which listens on this port of the loopback interface. Gives the multiaddrs
   * by which this machine reaches them. Throws why one can't start.
   */
  start(ownPort: number): Promise<readonly string[]>
  /** Multiaddrs of the authorities for a client that reached the server at `url`, in the order of the genesis. */
  addressesAt(url: URL): readonly string[]
  /** Stops the authorities beside the own one. */
  stop(): Promise<void>
}

/** Opens the server's data folder, or makes one for a new network. Throws `bad-input` for what can't work. */
export function openServerAuthorities(
  { log, nowMs }: { readonly log: Log; readonly nowMs: () => number },
  options: ServerOptions,
): ServerAuthorities {
  const { dataDir, authorityAddresses, databaseUrls } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const identity = openServerIdentity(dataDir)
  const genesis = openGenesis(
    join(dataDir, 'genesis.json'),
    () => [identity.account, ...createAuthorityKeys(dataDir, options.authorities - 1)],
    options,
    nowMs(),
  )
  const local = findLocalAuthorities(dataDir, genesis)
  checkDatabaseUrls(databaseUrls, local)
  const authorities = createLocalAuthorities({ log, genesis }, local, options)
  const directory = createAuthorityDirectory(genesis, {
    own: identity.peerId,
    local,
    ports: authorities.ports,
    configured: authorityAddresses,
  })
  return {
    identity,
    genesis,
    ledger: ledgerLocations({ ...options, databaseUrl: databaseUrls.get(databaseVariable(undefined)) }),
    start(ownPort) {
      const own = webSocketMultiaddr(new URL(`http://127.0.0.1:${ownPort}/`), identity.peerId)
      return authorities.start([...authorityAddresses, own])
    },
    addressesAt: directory.addressesAt,
    stop: authorities.stop,
  }
}
