import type { Entry } from './entry.ts'
import type { Fact } from './fact.ts'
import type { ForkProof } from './fork-proof.ts'

/*
 * A checkpoint's `void` fact says that nothing counts which an account wrote at this place, or on top of it, without knowing
 * the checkpoint. Checkpoints never fall along a chain, so whatever names an earlier one there or further on descends
 * from the void place. A place can become void again: by which checkpoint it was is part of every judgement.
 */

/** A fact and the height of the checkpoint that states it. */
export interface DatedFact {
  readonly height: number
  readonly fact: Fact
}

type Written = Pick<Entry, 'seq' | 'checkpoint'>
type VoidPlace = DatedFact & { readonly fact: Extract<Fact, { readonly type: 'void' }> }

/** Whether an entry stands in a void place without knowing it, by the facts about its account: it counts for nothing. */
export function isVoided(facts: readonly DatedFact[], entry: Written): boolean {
  return voidsUpTo(facts, entry).some((place) => isUnknown(place, entry))
}

/**
 * Whether one of two entries at one place counts for nothing by a void place that the other one knows: then both may be
 * signed, and be voted for.
 */
export function isExcused(facts: readonly DatedFact[], one: Written, other: Written): boolean {
  return voidsUpTo(facts, one).some((place) => isUnknown(place, one) !== isUnknown(place, other))
}

/** Whether a fork may freeze its account, by the facts about it: it is excused by nothing, and no freeze was or is for it. */
export function isPunishable(facts: readonly DatedFact[], { e1, e2 }: Pick<ForkProof, 'e1' | 'e2'>): boolean {
  return frozenSeq(facts) === null && !isExcused(facts, e1.entry, e2.entry) && !wasPunished(facts, e1.entry)
}

/** The place at which an account is frozen by the facts about it; null when it is not. */
export function frozenSeq(facts: readonly DatedFact[]): number | null {
  const last = facts.findLast(({ fact }) => fact.type === 'freeze' || fact.type === 'thaw')
  return last?.fact.type === 'freeze' ? last.fact.seq : null
}

/**
 * Whether a freeze was for a fork that nothing excuses. It is for whatever was signed at its place, and for what was signed on
 * top of that once it is void; but for nothing that knows the void place.
 */
function wasPunished(facts: readonly DatedFact[], entry: Written): boolean {
  return facts.some(({ height, fact }) => {
    if (fact.type !== 'freeze' || fact.seq > entry.seq) return false
    const voids = voidsUpTo(facts, entry).filter((place) => place.height > height)
    const isFor = fact.seq === entry.seq || voids.length > 0
    return isFor && voids.every((place) => isUnknown(place, entry))
  })
}

function voidsUpTo(facts: readonly DatedFact[], { seq }: Written): readonly VoidPlace[] {
  return facts.filter((dated): dated is VoidPlace => dated.fact.type === 'void' && dated.fact.seq <= seq)
}

function isUnknown({ height }: VoidPlace, { checkpoint }: Written): boolean {
  return height > checkpoint
}
