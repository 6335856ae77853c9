import type { ErrorCode } from '../../../domain/kernel/errors.ts'
import { formatCount } from '../../format.ts'
import type { AskTrouble } from '../../../peer/peer.ts'

/** Troubles of one kind, which are told once. */
export interface TroubleGroup {
  readonly code: ErrorCode
  /** What happened. */
  readonly message: string
  /** What to do. */
  readonly hint: string
  readonly troubles: readonly AskTrouble[]
}

/** The troubles by their kind, in the order in which each first occurred. */
export function groupTroubles(troubles: readonly AskTrouble[]): readonly TroubleGroup[] {
  const groups = new Map<ErrorCode, AskTrouble[]>()
  for (const trouble of troubles) {
    const group = groups.get(trouble.code)
    if (group === undefined) groups.set(trouble.code, [trouble])
    else group.push(trouble)
  }
  return [...groups].map(([code, same]) => {
    const [first] = same
    const message = same.length === 1 ? (first?.message ?? '') : messageOfMany(code, same.length)
    return { code, message, hint: first?.hint ?? '', troubles: same }
  })
}

function messageOfMany(code: ErrorCode, count: number): string {
  return code === 'price-above-limit'
    ? `${formatCount(count)} offers were left out: they cost more than the limit per question leaves`
    : `${formatCount(count)} peers could not answer or deliver`
}
