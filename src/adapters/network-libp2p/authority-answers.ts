import { LoremeshError, toLoremeshError, type ErrorCode } from '../../domain/kernel/errors.ts'
import { isFinalRefusal } from '../../domain/ledger/refusal.ts'

/*
 * What several authorities answer together. Of 3f+1 of them f may be faulty: they say nothing, or anything.
 */

/** How many of the authorities it takes. */
export interface QuorumSizes {
  /** 2f+1: more than half of them are honest whoever they are, and any two such groups share an honest one. */
  readonly quorum: number
  /** f+1: one of them is honest. */
  readonly honest: number
}

/** Codes of failures that are no answer of the authority. */
const silence: ReadonlySet<ErrorCode> = new Set([
  'aborted',
  'authority-unreachable',
  'internal',
  'not-connected',
  'rate-limited',
  'timeout',
  'truncated',
] satisfies ErrorCode[])

/**
 * The first results of a quorum of attempts, in the order in which they came. As soon as so many can't come any more it
 * throws what f+1 authorities refused with for good (`isFinal`), one of them being honest; else `authority-unreachable`,
 * `timeout` or `aborted`.
 */
export function quorumOfAnswers<T>(
  attempts: readonly Promise<T>[],
  { quorum, honest }: QuorumSizes,
  isFinal: (code: ErrorCode) => boolean = isFinalRefusal,
): Promise<readonly T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = []
    const failures: LoremeshError[] = []
    const rejectIfHopeless = () => {
      const refusals = failures.filter(({ code }) => isFinal(code))
      const [refusal] = refusals
      if (refusal !== undefined && refusals.length >= honest) reject(refusal)
      else if (attempts.length - failures.length < quorum) reject(unreachable(failures))
    }
    for (const attempt of attempts) {
      attempt.then(
        (result) => {
          if (results.push(result) === quorum) resolve(results)
        },
        (error: unknown) => {
          failures.push(toLoremeshError(error))
          rejectIfHopeless()
        },
      )
    }
    rejectIfHopeless()
  })
}

/**
 * What `check` makes of the answer of a quorum that ranks highest. An answer with which it fails is as good as none, and
 * the next one takes its place. `check` gets the other answers of the quorum, too. Throws as `quorumOfAnswers` does.
 */
export async function bestAnswer<T, R>(
  attempts: readonly Promise<T>[],
  sizes: QuorumSizes,
  rankOf: (answer: T) => number,
  check: (best: T, all: readonly T[]) => Promise<R>,
): Promise<R> {
  const numbered = attempts.map((attempt, at) => attempt.then((answer) => ({ answer, at })))
  const answers = await quorumOfAnswers(numbered, sizes)
  const best = answers.reduce((a, b) => (rankOf(b.answer) > rankOf(a.answer) ? b : a))
  try {
    return await check(
      best.answer,
      answers.map(({ answer }) => answer),
    )
  } catch (cause) {
    const failed = attempts.map((attempt, at) => (at === best.at ? wrong(cause) : attempt))
    return bestAnswer(failed, sizes, rankOf, check)
  }
}

/** The failure of an authority that gave an answer which can't be right. What it did with the request is unknown. */
export function wrongAnswer(cause: unknown): LoremeshError {
  const { code, message } = toLoremeshError(cause)
  if (silence.has(code)) return toLoremeshError(cause)
  return new LoremeshError('authority-unreachable', `An authority gave a wrong answer: ${message}`, '', {
    cause,
  })
}

function wrong(cause: unknown): Promise<never> {
  const failure = Promise.reject(wrongAnswer(cause))
  failure.catch(() => undefined)
  return failure
}

function unreachable(failures: readonly LoremeshError[]): LoremeshError {
  const stopped = failures.find(({ code }) => code === 'aborted')
  if (stopped !== undefined) return stopped
  const telling = failures.find(({ code }) => !silence.has(code)) ?? failures[0]
  const why = telling === undefined ? 'none is configured' : telling.message
  const isLate = failures.length > 0 && failures.every(({ code }) => code === 'timeout')
  return new LoremeshError(
    isLate ? 'timeout' : 'authority-unreachable',
    `Not enough authorities answer: ${why}`,
    'Nothing is lost; try again when they are back',
    { cause: telling },
  )
}
