import type { PeerId } from '../../domain/identity/account.ts'
import { toLoremeshError, type ErrorCode } from '../../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../../domain/kernel/readable.ts'
import type { AuthorityReach } from '../../ports/certifier.ts'

/** Sends a request's body to an authority and gives the answer's. */
export type AskAuthority = (authority: PeerId, body: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>

/** Failures by which an authority is known not to answer; another one comes from it, or from whoever asked. */
const silence: ReadonlySet<ErrorCode> = new Set([
  'not-connected',
  'timeout',
  'truncated',
] satisfies ErrorCode[])

/** Follows which authorities answer. */
export interface ReachWatch {
  readonly reach: Readable<AuthorityReach>
  /** `ask`, whose outcomes are taken note of. */
  watch(ask: AskAuthority): AskAuthority
  /** Takes note of an authority with which a connection opened, or the last one closed. */
  note(authority: PeerId, answers: boolean): void
}

/** Creates the watch of a network with `total` authorities, of which only these have a known address. */
export function createReachWatch(
  authorities: readonly PeerId[],
  { total, needed }: { readonly total: number; readonly needed: number },
): ReachWatch {
  /** Undefined until the first sign. */
  const answering = new Map<PeerId, boolean | undefined>(authorities.map((peerId) => [peerId, undefined]))
  const reach = createWritable(count())

  function count(): AuthorityReach {
    const known = [...answering.values()]
    return {
      total,
      needed,
      answering: known.filter((answers) => answers === true).length,
      silent: total - known.filter((answers) => answers !== false).length,
    }
  }

  function note(authority: PeerId, answers: boolean): void {
    if (!answering.has(authority) || answering.get(authority) === answers) return
    answering.set(authority, answers)
    reach.set(count())
  }

  return {
    reach,
    note,
    watch: (ask) => async (authority, body, signal) => {
      try {
        const answer = await ask(authority, body, signal)
        note(authority, true)
        return answer
      } catch (error) {
        if (silence.has(toLoremeshError(error).code)) note(authority, false)
        throw error
      }
    },
  }
}
