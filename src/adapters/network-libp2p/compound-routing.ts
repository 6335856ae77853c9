import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ContextRouting, ProviderRecord } from '../../ports/context-routing.ts'

/** The first member, which costs others least, has this long to answer before the others are asked too (RFC 8305). */
const HEAD_START_MS = 150
/** Once one member has answered, the others that were asked have this long to add to it. */
const PATIENCE_MS = 150
/** Announcing waits longer, for each member takes note of something else; whoever needs more than this goes on behind. */
const PROVIDE_PATIENCE_MS = 5_000

/**
 * Routing that works while any one of its members does. The first is asked alone for a moment, for a question looks up
 * several contexts and a DHT or all neighbours take many messages for each; when it fails, finds nothing or takes longer,
 * the others race it. What is found first goes on almost at once, with what the others find a moment later. Everything is
 * announced to all of them. Throws what failed first when every member did.
 */
export function createCompoundRouting(
  members: readonly ContextRouting[],
  { clock }: { readonly clock: Pick<Clock, 'sleep' | 'abortable'> },
): ContextRouting {
  async function gather(
    ask: (member: ContextRouting, signal: AbortSignal) => Promise<readonly ProviderRecord[]>,
    signal: AbortSignal | undefined,
  ): Promise<readonly ProviderRecord[]> {
    const answers = await race(members, ask, {
      clock,
      isEnough: (records) => records.length > 0,
      headStartMs: HEAD_START_MS,
      patienceMs: PATIENCE_MS,
      signal,
    })
    return mergeRecords(answers.flat())
  }

  return {
    async provide(contexts, signal) {
      const started = members.map((member) => member.provide(contexts, signal))
      const answers = await race(started, (reply) => reply, {
        clock,
        isEnough: () => true,
        headStartMs: 0,
        patienceMs: PROVIDE_PATIENCE_MS,
        signal,
      })
      return {
        intervalMs: Math.min(...answers.map(({ intervalMs }) => intervalMs)),
        peersOnline: Math.max(...answers.map(({ peersOnline }) => peersOnline)),
        contextsTotal: Math.max(...answers.map(({ contextsTotal }) => contextsTotal)),
      }
    },
    findProviders: (contextHash, signal) =>
      gather((member, within) => member.findProviders(contextHash, within), signal),
    async listPeers(limit, signal) {
      const records = await gather((member, within) => member.listPeers(limit, within), signal)
      return records.slice(0, limit)
    },
  }
}

/** The answers that are there a moment after the first that is enough, or when all are. Throws when there is none. */
async function race<Member, Answer>(
  members: readonly Member[],
  ask: (member: Member, signal: AbortSignal) => Promise<Answer>,
  options: {
    readonly clock: Pick<Clock, 'sleep' | 'abortable'>
    readonly isEnough: (answer: Answer) => boolean
    readonly headStartMs: number
    readonly patienceMs: number
    readonly signal: AbortSignal | undefined
  },
): Promise<readonly Answer[]> {
  const { clock, isEnough, headStartMs, patienceMs, signal } = options
  const answers: Answer[] = []
  const failures: unknown[] = []
  const done = clock.abortable(signal)
  let haveEnough: () => void = () => undefined
  const enough = new Promise<void>((resolve) => (haveEnough = resolve))

  async function askMember(member: Member): Promise<void> {
    try {
      const answer = await ask(member, done.signal)
      answers.push(answer)
      if (isEnough(answer)) haveEnough()
    } catch (error) {
      failures.push(error)
    }
  }

  async function askOthers(first: Promise<void>, others: readonly Member[]): Promise<void> {
    if (headStartMs > 0) {
      await Promise.race([first, clock.sleep(headStartMs, done.signal).catch(() => undefined)])
      if (answers.some(isEnough)) return
    }
    await Promise.all(others.map(askMember))
  }

  const [first, ...others] = members
  const leading = first === undefined ? Promise.resolve() : askMember(first)
  const all = Promise.all([leading, askOthers(leading, others)])
  await Promise.race([all, enough])
  await Promise.race([all, clock.sleep(patienceMs, done.signal).catch(() => undefined)])
  done.abort()
  if (answers.length === 0) {
    if (signal?.aborted === true) throw toLoremeshError(signal.reason)
    throw toLoremeshError(failures[0] ?? new LoremeshError('not-connected', 'No routing is configured'))
  }
  return answers
}

/** One record a peer, in the order in which they were found, with the addresses of all of them. */
function mergeRecords(records: readonly ProviderRecord[]): readonly ProviderRecord[] {
  const byPeer = new Map<PeerId, ProviderRecord>()
  for (const record of records) {
    const known = byPeer.get(record.peerId)
    byPeer.set(record.peerId, known === undefined ? record : mergeRecord(known, record))
  }
  return [...byPeer.values()]
}

/** The record that was found first, completed by another one: of two opinions of a peer the worse counts. */
function mergeRecord(first: ProviderRecord, other: ProviderRecord): ProviderRecord {
  return {
    ...first,
    addresses: [...new Set([...first.addresses, ...other.addresses])],
    reputation: Math.min(first.reputation, other.reputation),
    uptimePercent: Math.max(first.uptimePercent, other.uptimePercent),
    latencyMs: Number.isNaN(first.latencyMs) ? other.latencyMs : first.latencyMs,
  }
}
