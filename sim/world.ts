import { createGenesis } from '../src/domain/economy/parameters.ts'
import type { ContextHash } from '../src/domain/content/context-hash.ts'
import { createIdentity, type Identity } from '../src/domain/identity/identity.ts'
import { accountToPeerId, type PeerId } from '../src/domain/identity/account.ts'
import { parseTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../src/domain/ledger/account-state.ts'
import type { EntryHash, SignedEntry } from '../src/domain/ledger/entry.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import { entrySignature } from '../src/domain/ledger/verify-entry.ts'
import { withNativeSigning } from '../signaling/native-signatures.ts'
import { createForkMeter, type ForkMeter } from './fork-meter.ts'
import { createHeardRequests, type HeardRequests } from './heard-requests.ts'
import { createLedgerAuditor, type LedgerAuditor } from './ledger-auditor.ts'
import { createLossMeter, type LossMeter } from './loss-meter.ts'
import { createMemoVerifier, type MemoVerifier } from './memo-verifier.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import type { SimAuthority } from './sim-authority.ts'
import { createVirtualGossip, type VirtualGossip } from './virtual-gossip.ts'
import { createVirtualPeers, type VirtualPeers } from './virtual-peers.ts'
import { createVirtualWires, type NodeName, type VirtualWires } from './virtual-wires.ts'
import { calm, type Weather } from './weather.ts'

/** What every actor of a simulation lives in. */
export interface World {
  readonly scheduler: Scheduler
  readonly weather: Weather
  readonly genesis: Genesis
  readonly verifier: MemoVerifier
  readonly wires: VirtualWires
  readonly gossip: VirtualGossip
  readonly peers: VirtualPeers
  readonly auditor: LedgerAuditor
  readonly forks: ForkMeter
  readonly losses: LossMeter
  /** Keys of the authorities, in the order of the genesis. */
  readonly authorityKeys: readonly Identity[]
  /** The authorities themselves, as soon as they are there. */
  readonly authorities: SimAuthority[]
  /** Contexts that somebody shares: what comes is genuine when it is one of these. */
  readonly contexts: Set<ContextHash>
  /** Keys whose owners keep to every rule, and run one process at a time. */
  readonly honest: Set<PeerId>
  /** Keys whose owners spend twice, on purpose. */
  readonly cheats: Set<PeerId>
  /** Keys whose owners take without paying. */
  readonly freeloaders: Set<PeerId>
  /** Keys that run in two processes at a time, by accident. */
  readonly careless: Set<PeerId>
  /** Payments that their payers acknowledged. */
  readonly acknowledged: Set<EntryHash>
  /** What was heard on the way to the authorities. */
  readonly heard: HeardRequests
  /** Who an account (hexadecimal) belongs to, for people. */
  readonly names: Map<string, string>
  /** Processes whose program is the real one, whatever their owners do with it. */
  readonly sound: Set<NodeName>
  readonly violations: readonly string[]
  /** An honest node was shown an entry, whoever says to have signed it. */
  saw(node: NodeName, signed: SignedEntry): void
  /** Counts by name. */
  readonly figures: Record<string, number>
  /** Something happened that never must. */
  violate(violation: string): void
  count(figure: string, by?: number): void
  /** For whoever replays a seed. */
  log(line: string): void
  newIdentity(): Identity
}

const AUTHORITIES = 4
/** Little enough that a peer can run out of it. */
const STARTER_GRANT = parseTokens('60')
/** Shorter than usual, so that everything comes to its end within minutes; free tokens decay fast. */
const PARAMETERS = {
  starterGrant: STARTER_GRANT,
  paymentWindowMs: 30_000,
  checkpointIntervalMs: 6_000,
  decayPerDayPpm: 100_000,
  decayExempt: parseTokens('1'),
}

/** A calm world without anybody in it, in which everything follows from the seed. `onLog` gets what `log` is told. */
export function createWorld(seed: number, onLog: (line: string) => void = () => undefined): World {
  const scheduler = createScheduler(seed)
  const startMs = scheduler.nowMs()
  const { random } = scheduler
  const weather = { ...calm }
  const verifier = createMemoVerifier()
  const violations: string[] = []
  const figures: Record<string, number> = {}
  const contexts = new Set<ContextHash>()
  const honest = new Set<PeerId>()
  const sound = new Set<NodeName>()
  const names = new Map<string, string>()
  const acknowledged = new Set<EntryHash>()
  const newIdentity = (): Identity => withNativeSigning(createIdentity(random.bytes(32)))
  const authorityKeys = Array.from({ length: AUTHORITIES }, newIdentity)
  const genesis = createGenesis(
    {
      name: 'simulation',
      createdAtMs: startMs,
      authorities: authorityKeys.map(({ account }) => account),
    },
    PARAMETERS,
  )

  function log(line: string): void {
    onLog(`${((scheduler.nowMs() - startMs) / 1_000).toFixed(3).padStart(8)} s  ${line}`)
  }

  function violate(violation: string): void {
    log(`VIOLATION ${violation}`)
    violations.push(violation)
  }

  /** Nobody is paid for what did not come to an honest payer, save for what it may have paid in advance. */
  function checkClaims(payments: readonly Payment[]): void {
    for (const { hash, kind, payer, claimed, state } of payments) {
      if (state !== 'claimed' || !honest.has(accountToPeerId(payer))) continue
      const most = losses.receivedOf(hash) + genesis.creditLine
      const isOwed = kind === 'pay' ? acknowledged.has(hash) : claimed <= most
      if (!isOwed) violate(`${claimed} µT of ${hash} were claimed, ${losses.receivedOf(hash)} came`)
    }
  }

  const wires = createVirtualWires(
    { scheduler, weather },
    { onFault: (error) => violate(`something untyped was thrown: ${describe(error)}`) },
  )
  const gossip = createVirtualGossip(
    { scheduler, wires },
    { onRejected: (message) => violate(`an honest node blamed an honest one for a ${message.type}`) },
  )
  const auditor = createLedgerAuditor(genesis, verifier, { onViolation: violate, onSettled: checkClaims })
  const losses = createLossMeter(genesis, auditor)
  const forks = createForkMeter(
    { scheduler, wires },
    {
      isHonest: (node) => sound.has(node),
      nameOf: (account) => names.get(account) ?? account,
      onProvable: (fork) => log(fork),
      onLate: violate,
    },
  )
  function saw(node: NodeName, signed: SignedEntry): void {
    if (verifier.areSigned([entrySignature(signed, genesis)])) forks.saw(node, signed)
  }

  const peers = createVirtualPeers(
    { scheduler, wires, gossip },
    {
      onShown: ({ node }, signed) => saw(node, signed),
      onHeard: ({ node }, signed) => saw(node, signed),
      onContext({ payer, payee, reserve, contextHash, bytes }) {
        if (contexts.has(contextHash)) losses.came(payer, payee, reserve, bytes)
      },
    },
  )

  return {
    scheduler,
    weather,
    genesis,
    verifier,
    wires,
    gossip,
    peers,
    auditor,
    forks,
    losses,
    authorityKeys,
    authorities: [],
    contexts,
    honest,
    cheats: new Set(),
    freeloaders: new Set(),
    careless: new Set(),
    acknowledged,
    names,
    heard: createHeardRequests(),
    sound,
    violations,
    saw,
    figures,
    violate,
    count: (figure, by = 1) => (figures[figure] = (figures[figure] ?? 0) + by),
    log,
    newIdentity,
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
