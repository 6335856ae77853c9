import { createTopicChoice, type ChoiceRule } from '../domain/gossip/topic-choice.ts'
import { isLedgerTopic, type GossipTopic } from '../domain/gossip/topics.ts'
import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'
import type { Network } from '../ports/network.ts'
import type { ArchiveState } from './peer.ts'

/** How often the choice of topics is looked at. */
const REVIEW_MS = 5_000
/** Counterparties are listened to for so long at least, and then for as long as a payment is open. */
const HEEDED_MS = 60_000
/** Counterparties without an open payment that are listened to; the one that was dealt with longest ago gives way. */
const MAX_HEEDED = 32

/**
 * Which part of the gossip about the ledger is listened to: all of it while that is little, and otherwise the shards of
 * the own account and of those that are dealt with.
 */
export interface LedgerListening {
  /** Takes note of an entry that came on a topic, whatever becomes of it. */
  note(topic: GossipTopic): void
  /** Listens for entries of the peer's account from now on; to be called before anything depends on them. */
  heed(peerId: PeerId): void
  start(): void
  stop(): void
}

/** Creates the listening; `archive` tells whether the ledger of everybody is kept here. */
export function createLedgerListening(
  components: {
    readonly identity: Pick<Identity, 'account'>
    readonly ledgerStore: Pick<LedgerStore, 'listPayments'>
    readonly network: Pick<Network, 'listen'>
    readonly archive: Readable<Pick<ArchiveState, 'isKept'>>
    readonly clock: Pick<Clock, 'monotonicMs' | 'every'>
  },
  options: { readonly onFailure: (error: unknown) => void; readonly rule?: ChoiceRule },
): LedgerListening {
  const { identity, ledgerStore, network, archive, clock } = components
  const choice = createTopicChoice(() => clock.monotonicMs(), options.rule)
  /** Until when, for every counterparty; the newest last. */
  const heeded = new Map<PeerId, number>()
  const stops: (() => void)[] = []
  let open: readonly PaymentRecord[] = []
  let keepsLedger = false

  function listen(): void {
    const isTrusted = ({ direction, phase }: PaymentRecord) => direction === 'in' && phase === 'signed'
    const required = [...heeded.keys(), ...open.filter(isTrusted).map(({ counterparty }) => counterparty)]
    const topics = choice.choose({
      keepsLedger,
      required: [identity.account, ...required.map(peerIdToAccount)],
      wished: open.map(({ counterparty }) => peerIdToAccount(counterparty)),
    })
    network.listen(topics)
  }

  async function review(): Promise<void> {
    for (const [peerId, untilMs] of heeded) if (untilMs <= clock.monotonicMs()) heeded.delete(peerId)
    const isSharded = choice.review(keepsLedger)
    open = isSharded ? await ledgerStore.listPayments({ phases: ['signed', 'certified'] }) : []
    listen()
  }

  return {
    note(topic) {
      if (isLedgerTopic(topic)) choice.note(topic)
    },
    heed(peerId) {
      heeded.delete(peerId)
      heeded.set(peerId, clock.monotonicMs() + HEEDED_MS)
      const [oldest] = heeded.keys()
      if (oldest !== undefined && heeded.size > MAX_HEEDED) heeded.delete(oldest)
      listen()
    },
    start() {
      stops.push(
        archive.subscribe(({ isKept }) => (keepsLedger = isKept)),
        clock.every(REVIEW_MS, () => void review().catch(options.onFailure)),
      )
    },
    stop() {
      for (const stop of stops.splice(0)) stop()
    },
  }
}
