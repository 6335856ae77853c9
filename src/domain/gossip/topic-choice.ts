import type { Account } from '../identity/account.ts'
import { isShardTopic, shardTopicOf, shardTopics, type LedgerTopic } from './topics.ts'

/** When a peer listens to shards instead of the whole ledger. */
export interface ChoiceRule {
  /** Entries a second on the base topic above which it is left. */
  readonly leaveAbove: number
  /** Entries a second in the whole network below which, for `quietMs`, a peer comes back to it. */
  readonly returnBelow: number
  readonly quietMs: number
  /** Rates are averages over this time. */
  readonly averageMs: number
  /** A topic is listened to for so long after it was chosen last, so that nothing is lost while others take note. */
  readonly holdMs: number
}

export const CHOICE_RULE: ChoiceRule = {
  leaveAbove: 50,
  returnBelow: 25,
  quietMs: 60_000,
  averageMs: 30_000,
  holdMs: 30_000,
}

/** Shards that are listened to for what it would be good to know: half of them, for all would be more than the base topic. */
const MAX_WISHED_SHARDS = 8

/** Whose entries matter to a peer. */
export interface LedgerInterests {
  /** Whether the ledger of everybody is kept here. */
  readonly keepsLedger: boolean
  /** Accounts of which nothing may be missed: the own one, and those that are trusted without a certificate. */
  readonly required: readonly Account[]
  /** Others, those that matter most first. */
  readonly wished: readonly Account[]
}

/** Decides to which topics of the ledger a peer listens. */
export interface TopicChoice {
  /** Takes note of an entry that came on a topic, whether there was time to judge it or not. */
  note(topic: LedgerTopic): void
  /**
   * Looks at how much there is to hear, which has to be done every few seconds; true when it is too much to listen to the
   * whole ledger.
   */
  review(keepsLedger: boolean): boolean
  /** The topics to listen to from now on; to be asked after every review, and when the interests change. */
  choose(interests: LedgerInterests): ReadonlySet<LedgerTopic>
}

/** What came on a topic since it is listened to: how many entries in each second. */
interface Heard {
  readonly sinceMs: number
  chosenMs: number
  readonly counts: Map<number, number>
}

/**
 * A peer begins with the base topic. Above the threshold it listens to the shards of its interests, and estimates what the
 * base topic carries from those: accounts are spread over the shards evenly.
 */
export function createTopicChoice(monotonicMs: () => number, rule = CHOICE_RULE): TopicChoice {
  const topics = new Map<LedgerTopic, Heard>()
  let isSharded = false
  /** Since when the network is quiet enough for the base topic. */
  let quietSinceMs: number | undefined

  function forgetOld({ counts }: Heard, nowMs: number): void {
    for (const second of counts.keys()) if (second * 1_000 < nowMs - rule.averageMs) counts.delete(second)
  }

  function countLately(heard: Heard, nowMs: number): number {
    forgetOld(heard, nowMs)
    return [...heard.counts.values()].reduce((sum, count) => sum + count, 0)
  }

  function baseRate(nowMs: number): number {
    const heard = topics.get('ledger')
    return heard === undefined ? 0 : (countLately(heard, nowMs) * 1_000) / rule.averageMs
  }

  /** Entries a second in the whole network, from those of the shards that are listened to. */
  function estimate(nowMs: number): number {
    let entries = 0
    let seconds = 0
    for (const [topic, heard] of topics) {
      if (!isShardTopic(topic)) continue
      entries += countLately(heard, nowMs)
      seconds += Math.min(nowMs - heard.sinceMs, rule.averageMs) / 1_000
    }
    return seconds === 0 ? 0 : (entries / seconds) * shardTopics.length
  }

  function isQuiet(rate: number, nowMs: number): boolean {
    quietSinceMs = rate < rule.returnBelow ? (quietSinceMs ?? nowMs) : undefined
    return quietSinceMs !== undefined && nowMs - quietSinceMs >= rule.quietMs
  }

  return {
    note(topic) {
      const counts = topics.get(topic)?.counts
      const second = Math.floor(monotonicMs() / 1_000)
      counts?.set(second, (counts.get(second) ?? 0) + 1)
    },
    review(keepsLedger) {
      const nowMs = monotonicMs()
      isSharded = isSharded
        ? !isQuiet(keepsLedger ? baseRate(nowMs) : estimate(nowMs), nowMs)
        : baseRate(nowMs) > rule.leaveAbove
      if (!isSharded) quietSinceMs = undefined
      return isSharded
    },
    choose(interests) {
      const nowMs = monotonicMs()
      for (const topic of wanted(interests, isSharded)) {
        const heard = topics.get(topic) ?? { sinceMs: nowMs, chosenMs: nowMs, counts: new Map() }
        heard.chosenMs = nowMs
        topics.set(topic, heard)
      }
      for (const [topic, { chosenMs }] of topics) if (nowMs - chosenMs > rule.holdMs) topics.delete(topic)
      return new Set(topics.keys())
    },
  }
}

function wanted({ keepsLedger, required, wished }: LedgerInterests, isSharded: boolean): Set<LedgerTopic> {
  if (!isSharded) return new Set(['ledger'])
  const chosen = new Set<LedgerTopic>(required.map(shardTopicOf))
  for (const account of wished) if (chosen.size < MAX_WISHED_SHARDS) chosen.add(shardTopicOf(account))
  // A flood on the base topic must not take from whoever keeps the ledger what matters to it.
  if (keepsLedger) chosen.add('ledger')
  return chosen
}
