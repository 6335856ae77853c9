import type { AgreementValue } from './agreement-message.ts'

/** What is known about the validity of values: the paper's valid(v), answered by the host in its own time. */
export interface Verdicts {
  /** False as long as nothing is known, too; then the host is asked, once. */
  isValid(value: AgreementValue): boolean
  /** Whether the host was asked and has not answered. */
  isOpen(valueId: string): boolean
  /** Notes what is known about a value without asking. */
  accept(valueId: string): void
  /** Takes an answer; one that nobody waits for is ignored. */
  answer(valueId: string, isValid: boolean): void
  /** Forgets all but the valid ones among the `needed`, so that the others are asked about anew. */
  keepValid(needed: (valueId: string) => boolean): void
}

/** Verdicts that calls `ask` for a value it doesn't know. */
export function createVerdicts(ask: (value: AgreementValue) => void): Verdicts {
  const verdicts = new Map<string, 'open' | 'valid' | 'invalid'>()
  return {
    isValid: (value) => {
      const verdict = verdicts.get(value.id)
      if (verdict === undefined) {
        verdicts.set(value.id, 'open')
        ask(value)
      }
      return verdict === 'valid'
    },
    isOpen: (valueId) => verdicts.get(valueId) === 'open',
    accept: (valueId) => {
      verdicts.set(valueId, 'valid')
    },
    answer: (valueId, isValid) => {
      if (verdicts.get(valueId) === 'open') verdicts.set(valueId, isValid ? 'valid' : 'invalid')
    },
    keepValid: (needed) => {
      for (const [valueId, verdict] of verdicts) {
        if (verdict !== 'valid' || !needed(valueId)) verdicts.delete(valueId)
      }
    },
  }
}
