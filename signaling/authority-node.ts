import { accountToPeerId, type Account } from '../src/domain/identity/account.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { AccountLeaf } from '../src/domain/ledger/account-leaf.ts'
import { parseHeader } from '../src/domain/ledger/checkpoint-codec.ts'
import type { CheckpointHeader } from '../src/domain/ledger/checkpoint.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import type { NetworkParameters } from '../src/domain/ledger/network-parameters.ts'
import type { ParameterChange } from '../src/domain/ledger/parameter-change.ts'
import type { CutOff } from '../src/protocols/cut-off.ts'
import { serverProtocols } from '../src/protocols/protocol-limits.ts'
import { createAuthorityGossip, type GossipEnds } from './authority-gossip.ts'
import { startAuthorityLinks } from './authority-links.ts'
import { createAuthorityService } from './authority-service.ts'
import type { AuthorityStore } from './authority-store/authority-store.ts'
import { openAuthorityStore } from './authority-store/open-authority-store.ts'
import { createAuthority } from './authority/authority.ts'
import type { LedgerTotals } from './authority/ledger-reading.ts'
import { createReplication } from './authority/replication.ts'
import { startCheckpoints } from './checkpoints/checkpoint-service.ts'
import { readKeptFrauds } from './kept-frauds.ts'
import { createLedgerService } from './ledger-service.ts'
import type { Log } from './log.ts'
import { createNativeSignatureVerifier, withNativeSigning } from './native-signatures.ts'
import { createRateMeter } from './rate-meter.ts'
import { startRelay, type Relay, type RelayNode, type RelayOptions, type ValidateGossip } from './relay.ts'
import { createServerClock } from './server-clock.ts'
import { createSignatureMemory } from './signature-memory.ts'
import { serveRequests } from './stream-service.ts'

/** How it stands with an authority and its network. */
export interface AuthorityStatus {
  readonly totals: LedgerTotals
  /** The newest final checkpoint known here; undefined before the first. */
  readonly checkpoint: { readonly height: number; readonly timeMs: number } | undefined
  /** Proofs of forks and double votes known here. */
  readonly frauds: number
  /** Entries that became certified here, on average over the last minute. */
  readonly entriesPerSecond: number
}

/** One authority: its ledger and its libp2p node. */
export interface AuthorityNode {
  readonly node: RelayNode
  /** Port that the node listens on. */
  readonly port: number
  /** Keeps misbehaving peers away from the node. */
  readonly cutOff: Pick<CutOff, 'noteBreach' | 'noteExcess'>
  /** Takes addresses of other authorities into use. Throws `bad-input`. */
  learn(addresses: readonly string[]): void
  /** How many authorities are connected, this one included. */
  reachable(): number
  status(): Promise<AuthorityStatus>
  /** What the newest final checkpoint says of an account; undefined when it is not in it. */
  leaf(account: Account): AccountLeaf | undefined
  /** In force in the newest final checkpoint. */
  parameters(): NetworkParameters
  /** Ends every connection and closes the ledger. */
  stop(): Promise<void>
}

export interface AuthorityNodeOptions extends Pick<RelayOptions, 'host' | 'port' | 'announce' | 'relays'> {
  /** The ledger's places, a shard each; see `openAuthorityStore`. */
  readonly ledger: readonly string[]
  readonly grantsPerDay: number
  /** What the operator wishes to have changed. */
  readonly wishes: readonly ParameterChange[]
  /** Multiaddrs of other authorities that are known already. */
  readonly addresses: readonly string[]
}

export interface AuthorityNodeComponents {
  readonly identity: Identity
  readonly genesis: Genesis
  readonly log: Log
  readonly nowMs: () => number
}

/**
 * Starts the authority that the identity is in the genesis. Throws `bad-input` when it is none, what `openAuthorityStore`
 * throws, and `already-running` when it can't listen.
 */
export async function startAuthorityNode(
  { identity, genesis, log, nowMs }: AuthorityNodeComponents,
  options: AuthorityNodeOptions,
): Promise<AuthorityNode> {
  const clock = createServerClock(nowMs)
  const { verifier, identity: signer } = createSignatureMemory(
    createNativeSignatureVerifier(),
    withNativeSigning(identity),
  )
  const meter = createRateMeter(nowMs)
  const closers: (() => unknown)[] = []

  async function stop(): Promise<void> {
    for (const close of closers.splice(0).reverse()) await close()
  }

  async function start(): Promise<AuthorityNode> {
    const store = await openAuthorityStore(options.ledger)
    closers.push(() => store.close())
    const kept = await readKeptFrauds(store)
    let frauds = kept.count
    const ends: { now?: GossipEnds } = {}
    const gossip = createAuthorityGossip({ genesis, verifier, nowMs, log }, () => ends.now)
    gossip.recall(kept.inForce, await newestHeader(store))

    const onFraudProven: typeof gossip.tellFraud = (fraud) => {
      frauds += 1
      gossip.tellFraud(fraud)
    }
    const authority = await createAuthority(
      { store, identity: signer, genesis, verifier, clock },
      {
        onCertified(signed, certificate) {
          meter.count()
          gossip.tellCertified(signed, certificate)
        },
        onFraudProven,
        maxGrantsPerDay: options.grantsPerDay,
      },
    )

    const { node, port, cutOff } = await listen({ identity, genesis, validate: gossip.validate }, options)
    closers.push(() => node.stop())
    const { index } = authority
    const links = startAuthorityLinks({ node, genesis, clock, log }, { index, addresses: options.addresses })
    closers.push(links.stop)
    const { ask } = links
    const replication = createReplication({ authority, store, genesis, ask, clock })
    ends.now = { node, authority, replication }
    closers.push(replication.start())
    const checkpoints = await startCheckpoints(
      {
        store,
        genesis,
        identity: signer,
        authority: index,
        wishes: options.wishes,
        verifier,
        clock,
        ask,
        catchUp: replication.catchUp,
      },
      {
        onCheckpoint: gossip.tellCheckpoint,
        onFraudProven,
        onProblem({ code, message }) {
          // That an authority is away the links tell, once.
          if (code !== 'not-connected') log('warn', 'checkpoint delayed', { code, reason: message })
        },
      },
    )
    closers.push(checkpoints.stop)

    const answerAuthority = createAuthorityService({ genesis, authority, agreement: checkpoints })
    const answerPeer = createLedgerService({ authority, replication, checkpoints })
    await serveRequests({ node, cutOff, nowMs }, answerAuthority, serverProtocols.authority)
    await serveRequests({ node, cutOff, nowMs }, answerPeer, serverProtocols.ledger)

    return {
      node,
      port,
      cutOff,
      learn: links.learn,
      reachable: links.reachable,
      async status() {
        return {
          totals: await authority.totals(),
          checkpoint: await newestHeader(store),
          frauds,
          entriesPerSecond: meter.perSecond(),
        }
      },
      leaf: checkpoints.leaf,
      parameters: checkpoints.parameters,
      stop,
    }
  }

  try {
    return await start()
  } catch (error) {
    await stop()
    throw error
  }
}

async function newestHeader({ home }: AuthorityStore): Promise<CheckpointHeader | undefined> {
  const newest = await home.transaction((transaction) => transaction.newestCheckpoint())
  return newest && parseHeader(newest.header).header
}

async function listen(
  components: {
    readonly identity: Identity
    readonly genesis: Genesis
    readonly validate: ValidateGossip
  },
  { host, port, announce = [], relays = true }: AuthorityNodeOptions,
): Promise<Relay> {
  // Without the others' messages there is no agreement, whatever else they send.
  const spared = new Set<string>(components.genesis.authorities.map(accountToPeerId))
  try {
    return await startRelay(components, { host, port, announce, relays, spared })
  } catch (cause) {
    throw new LoremeshError(
      'already-running',
      `The authority can't listen on ${host}:${port}`,
      'Check its host, and whether another program uses the port',
      { cause },
    )
  }
}
