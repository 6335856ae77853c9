import { createAuthority, type Authority } from '../signaling/authority.ts'
import { openAuthorityStore } from '../signaling/authority-store.ts'
import { createGenesis } from '../src/domain/economy/parameters.ts'
import { createIdentity } from '../src/domain/identity/identity.ts'
import { parseTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import { calm, type Faults } from './faults.ts'
import { createLedgerAuditor, type LedgerAuditor } from './ledger-auditor.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { createVirtualNetwork, type VirtualNetwork } from './virtual-network.ts'

/** What every actor of a simulation lives in. */
export interface World {
  readonly scheduler: Scheduler
  readonly genesis: Genesis
  readonly authority: Authority
  readonly auditor: LedgerAuditor
  readonly network: VirtualNetwork
  readonly faults: Faults
  close(): void
}

/** Little enough that a peer can run out of it. */
const STARTER_GRANT = parseTokens('20')

/** A calm world of one authority and no peers yet, in which everything follows from the seed. */
export function openWorld(seed: number): World {
  const scheduler = createScheduler(seed)
  const identity = createIdentity(scheduler.random.bytes(32))
  const genesis = createGenesis(
    { name: 'simulation', createdAtMs: scheduler.nowMs(), authorities: [identity.account] },
    { starterGrant: STARTER_GRANT },
  )
  const auditor = createLedgerAuditor(genesis)
  const store = openAuthorityStore(':memory:')
  const authority = createAuthority(
    { store, identity, genesis, clock: scheduler },
    { onCertified: auditor.recordCertified },
  )
  const faults = { ...calm }
  const network = createVirtualNetwork({ scheduler, authority, auditor }, faults)
  return { scheduler, genesis, authority, auditor, network, faults, close: store.close }
}
