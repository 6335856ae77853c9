import type { Account } from '../src/domain/identity/account.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import type { EntryHash, SignedEntry } from '../src/domain/ledger/entry.ts'
import { proveFork, slotOf } from '../src/domain/ledger/fork-proof.ts'
import type { Scheduler } from './scheduler.ts'
import type { NodeName, VirtualWires } from './virtual-wires.ts'

/** How fast honest nodes learn that an account has forked. */
export interface ForkMeter {
  /** Seconds from the moment at which a fork could be known until a live node knew it, one for each fork and node. */
  readonly seconds: readonly number[]
  /** Accounts (hexadecimal) whose forks some honest node could prove. */
  provable(): readonly string[]
  /** An honest node was shown an entry. */
  saw(node: NodeName, signed: SignedEntry): void
  /** An honest node knows a proof against the account. */
  knows(node: NodeName, account: Account): void
  /** The node went down, and with it what it has seen. */
  forget(node: NodeName): void
  /** The network was split or healed. */
  topologyChanged(): void
  /** Nodes that should know a proof and don't, in words. */
  missing(): readonly string[]
}

/** Time within which a fork proof is at every live node. */
export const FORK_PROOF_LIMIT_MS = 5_000

interface Fork {
  readonly knownAtMs: number
  readonly informed: Set<NodeName>
  /** Nodes that are connected to one that knows, and do not know yet. */
  readonly waiting: Set<NodeName>
}

/** A meter over the nodes of `wires` that `isHonest`; what takes too long is told to `onLate`. */
export function createForkMeter(
  { scheduler, wires }: { readonly scheduler: Scheduler; readonly wires: VirtualWires },
  {
    isHonest,
    nameOf,
    onProvable,
    onLate,
  }: {
    readonly isHonest: (node: NodeName) => boolean
    readonly nameOf: (account: string) => string
    readonly onProvable: (fork: string) => void
    readonly onLate: (lateness: string) => void
  },
): ForkMeter {
  const seconds: number[] = []
  const sightings = new Map<NodeName, Map<string, Map<EntryHash, SignedEntry>>>()
  /** By account. */
  const forks = new Map<string, Fork>()

  function begin(account: string, node: NodeName): void {
    onProvable(`${node} can prove a fork of ${nameOf(account)}`)
    const connected = wires.nodes().filter((other) => isHonest(other) && wires.connects(node, other))
    forks.set(account, { knownAtMs: scheduler.nowMs(), informed: new Set(), waiting: new Set(connected) })
  }

  /** Who can't be reached by anybody who knows is not waited for any more. */
  function dropUnreachable(): void {
    for (const [account, fork] of forks) {
      const informed = [...fork.informed].filter((node) => wires.nodes().includes(node))
      if (fork.informed.size === 0) {
        // Whoever could have proven it went down before: it can be known only when both are seen again.
        forks.delete(account)
        continue
      }
      for (const node of fork.waiting) {
        if (!informed.some((other) => wires.connects(node, other))) fork.waiting.delete(node)
      }
    }
  }

  return {
    seconds,
    provable: () => [...forks.keys()],
    saw(node, signed) {
      const account = bytesToHexText(signed.entry.account)
      const slot = slotOf(signed.entry)
      const seen = sightings.get(node) ?? new Map<string, Map<EntryHash, SignedEntry>>()
      sightings.set(node, seen)
      const entries = seen.get(slot) ?? new Map<EntryHash, SignedEntry>()
      seen.set(slot, entries)
      if (entries.has(signed.hash)) return
      const isFork = [...entries.values()].some((other) => isProof(signed, other))
      entries.set(signed.hash, signed)
      if (isFork && !forks.has(account)) begin(account, node)
    },
    knows(node, account) {
      const name = bytesToHexText(account)
      if (!forks.has(name)) begin(name, node)
      const fork = forks.get(name)
      if (fork === undefined || fork.informed.has(node)) return
      fork.informed.add(node)
      if (!fork.waiting.delete(node)) return
      const tookMs = scheduler.nowMs() - fork.knownAtMs
      seconds.push(tookMs / 1_000)
      if (tookMs > FORK_PROOF_LIMIT_MS)
        onLate(`${node} learnt of the fork of ${nameOf(name)} after ${tookMs} ms`)
    },
    forget(node) {
      sightings.delete(node)
      for (const { waiting } of forks.values()) waiting.delete(node)
      dropUnreachable()
    },
    topologyChanged: dropUnreachable,
    missing: () =>
      [...forks].flatMap(([account, { waiting }]) =>
        [...waiting].map((node) => `${node} never learnt of the fork of ${nameOf(account)}`),
      ),
  }
}

function isProof(a: SignedEntry, b: SignedEntry): boolean {
  return proveFork({ signed: a, certificate: undefined }, { signed: b, certificate: undefined }) !== undefined
}
