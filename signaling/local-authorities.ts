import { join } from 'node:path'
import { accountToPeerId, type Account, type PeerId } from '../src/domain/identity/account.ts'
import { bytesEqual } from '../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import { createAuthorityProcess } from './authority-process.ts'
import { urlHost, webSocketMultiaddr } from './endpoint.ts'
import { hasServerIdentity, openServerIdentity } from './key-file.ts'
import { databaseVariable } from './ledger-place.ts'
import type { Log } from './log.ts'
import type { ServerOptions } from './options.ts'

/** The authorities that a server runs beside its own, each as a child process. */
export interface LocalAuthorities {
  /**
   * Starts all of them and tells them where the others are, which is `others` and where they are themselves. Gives the
   * multiaddrs by which this machine reaches them. Throws why one can't start.
   */
  start(others: readonly string[]): Promise<readonly string[]>
  /** The port of each that has started once. */
  ports(): ReadonlyMap<PeerId, number>
  stop(): Promise<void>
}

/** Makes the keys of a new network's authorities beside the server's own. */
export function createAuthorityKeys(dataDir: string, count: number): readonly Account[] {
  return Array.from({ length: count }, (_, n) => openServerIdentity(authorityDir(dataDir, n + 1)).account)
}

/**
 * Indexes of the authorities whose keys are in the server's data folder. Throws `bad-input` when a key is another one than
 * the genesis says.
 */
export function findLocalAuthorities(
  dataDir: string,
  { authorities }: Pick<Genesis, 'authorities'>,
): readonly number[] {
  return authorities.flatMap((account, index) => {
    const directory = authorityDir(dataDir, index)
    if (!hasServerIdentity(directory)) return []
    if (!bytesEqual(openServerIdentity(directory).account, account)) {
      throw new LoremeshError(
        'bad-input',
        `The key in ${directory} is not that of authority ${index} of the genesis`,
        'Restore the data folder from a backup',
      )
    }
    return [index]
  })
}

/** None of them is started yet. */
export function createLocalAuthorities(
  { log, genesis }: { readonly log: Log; readonly genesis: Genesis },
  indexes: readonly number[],
  options: Pick<
    ServerOptions,
    'dataDir' | 'host' | 'authorityPort' | 'shards' | 'grantsPerDay' | 'parametersPath' | 'databaseUrls'
  >,
): LocalAuthorities {
  const { dataDir, host, authorityPort, shards, grantsPerDay, parametersPath, databaseUrls } = options
  const ports = new Map<PeerId, number>()
  const members = indexes.flatMap((index, position) => {
    const account = genesis.authorities[index]
    if (account === undefined) return []
    const child = createAuthorityProcess(
      { log },
      {
        index,
        genesisPath: join(dataDir, 'genesis.json'),
        dataDir: authorityDir(dataDir, index),
        host,
        port: authorityPort === 0 ? 0 : authorityPort + position,
        shards,
        grantsPerDay,
        parametersPath,
        databaseUrl: databaseUrls.get(databaseVariable(index)),
      },
    )
    return [{ peerId: accountToPeerId(account), child }]
  })

  return {
    async start(others) {
      await Promise.all(
        members.map(async ({ peerId, child }) => {
          ports.set(peerId, await child.start())
        }),
      )
      const own = [...ports].map(([peerId, port]) =>
        webSocketMultiaddr(new URL(`http://${urlHost(host)}:${port}/`), peerId),
      )
      for (const { child } of members) child.tell([...others, ...own])
      return own
    },
    ports: () => ports,
    async stop() {
      await Promise.all(members.map(({ child }) => child.stop()))
    },
  }
}

function authorityDir(dataDir: string, index: number): string {
  return join(dataDir, `authority-${index}`)
}
