import { createMetrics, type Gauges, type Metrics } from './metrics.ts'
import type { ServerStats } from './stats.ts'

const MICRO = 1_000_000

/** The server's counters and gauges under their Prometheus names. Token gauges are for charts; exact amounts are in `/stats.json`. */
export function createServerMetrics(readStats: () => Promise<ServerStats>): Metrics {
  return createMetrics({ loremesh_http_requests_total: 'HTTP requests answered' }, async () =>
    gaugesOf(await readStats(), process.memoryUsage.rss()),
  )
}

function gaugesOf(stats: ServerStats, residentBytes: number): Gauges {
  const { ledger, authorities } = stats
  const tokens = (microTokens: string) => Number(microTokens) / MICRO
  return {
    loremesh_peers_online: { help: 'Peers that announced lately', value: stats.peersOnline },
    loremesh_guests_online: { help: 'Guests that announced over HTTP lately', value: stats.guestsOnline },
    loremesh_contexts: { help: 'Distinct contexts shared now', value: stats.contextsTotal },
    loremesh_connections: { help: 'WebSockets open to the relay', value: stats.connections },
    loremesh_seeder_announced: { help: '1 while the seeder serves', value: Number(stats.seederAnnounced) },
    loremesh_uptime_seconds: { help: 'Time since the start', value: stats.uptimeSeconds },
    loremesh_accounts: { help: 'Accounts in the ledger', value: ledger.accounts },
    loremesh_entries: { help: 'Certified entries', value: ledger.entries },
    loremesh_entries_per_second: {
      help: 'Certified entries a second, averaged over a minute',
      value: ledger.entriesPerSecond,
    },
    loremesh_checkpoint_height: { help: 'Newest final checkpoint', value: ledger.checkpoint?.height ?? 0 },
    loremesh_checkpoint_age_seconds: {
      help: 'Time since the newest final checkpoint, or since the start before the first one',
      value: ledger.checkpoint?.ageSeconds ?? stats.uptimeSeconds,
    },
    loremesh_authorities: { help: 'Authorities of the network', value: authorities.total },
    loremesh_authorities_reachable: { help: 'Authorities connected now', value: authorities.reachable },
    loremesh_authorities_quorum: { help: 'Authorities it takes to certify', value: authorities.quorum },
    loremesh_frauds: { help: 'Accounts and authorities proven to have cheated', value: ledger.frauds },
    loremesh_tokens_minted: { help: 'Tokens granted so far', value: tokens(ledger.minted) },
    loremesh_tokens_pending: { help: 'Tokens paid but not claimed', value: tokens(ledger.pending) },
    loremesh_ledger_conserved: { help: '1 while the ledger adds up', value: Number(ledger.conserved) },
    process_resident_memory_bytes: { help: 'Resident memory', value: residentBytes },
  }
}
