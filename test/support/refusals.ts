import { expect } from 'vitest'
import { LoremeshError, type ErrorCode } from '../../src/domain/kernel/errors.ts'

/** The code that `task` fails with; undefined when it does not fail. Any other exception goes on. */
export function codeOf(task: () => unknown): ErrorCode | undefined {
  try {
    task()
    return undefined
  } catch (error) {
    if (error instanceof LoremeshError) return error.code
    throw error
  }
}

/** Runs `task` and checks the code that it fails with. */
export function expectRefusal(task: () => unknown, code: ErrorCode): void {
  expect(codeOf(task)).toBe(code)
}
