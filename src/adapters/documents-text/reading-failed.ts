import { LoremeshError } from '../../domain/kernel/errors.ts'

/** The refusal of a file on which a reader breaks down. */
export function readingFailed(): LoremeshError {
  return new LoremeshError('bad-document', 'Reading the file failed', 'Add a simpler or smaller file')
}
