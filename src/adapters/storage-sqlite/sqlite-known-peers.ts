import type { DatabaseSync } from 'node:sqlite'
import type { KnownPeer } from '../../domain/network/known-peers.ts'
import type { KnownPeers } from '../../ports/known-peers.ts'
import { inTransaction } from './database.ts'

/** Known peers of a network over an open database. */
export function createSqliteKnownPeers(database: DatabaseSync, network: string): KnownPeers {
  const select = database.prepare('SELECT peers FROM known_peers WHERE network = ?')
  const replace = database.prepare('REPLACE INTO known_peers VALUES (?, ?)')
  return {
    load: () =>
      inTransaction(database, () => {
        const row = select.get(network)
        return row === undefined ? [] : (JSON.parse(String(row['peers'])) as readonly KnownPeer[])
      }),
    save: (peers) => inTransaction(database, () => void replace.run(network, JSON.stringify(peers))),
  }
}
