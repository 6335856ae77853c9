import type { ContextHash } from '../content/context-hash.ts'
import type { JudgedQuestion, Judgement } from './precision.ts'

/** Why a passage is placed last: the user judged it so, or the library has a newer version of its document. */
export type Doubt = 'wrong' | 'outdated' | 'superseded'

/** What a doubt says of a passage. */
export function doubtText(doubt: Doubt): string {
  switch (doubt) {
    case 'wrong':
      return 'you judged it wrong'
    case 'outdated':
      return 'you judged it outdated'
    case 'superseded':
      return 'you have a newer version'
  }
}

/** What the user said of each passage last, by the time of the question. */
export function lastJudgements(asked: readonly JudgedQuestion[]): ReadonlyMap<ContextHash, Judgement> {
  const byTime = [...asked].sort((a, b) => a.askedAtMs - b.askedAtMs)
  return new Map(byTime.flatMap(({ judgements }) => [...judgements]))
}
