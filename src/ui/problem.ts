import { toLoremeshError } from '../domain/kernel/errors.ts'
import type { Problem } from './shell.ts'

/** The problem that a caught error describes. */
export function toProblem(error: unknown): Problem {
  const { code, message, hint } = toLoremeshError(error)
  return { code, message, hint }
}

/** A problem as one line: what happened, then what to do. */
export function problemText({ message, hint }: Pick<Problem, 'message' | 'hint'>): string {
  return [message, hint]
    .filter((sentence) => sentence !== '')
    .map((sentence) => sentence.replace(/[.!?]?$/, (end) => (end === '' ? '.' : end)))
    .join(' ')
}
