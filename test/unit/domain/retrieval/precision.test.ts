import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import {
  JUDGEMENTS,
  precisionAtK,
  type JudgedQuestion,
  type Judgement,
} from '../../../../src/domain/retrieval/precision.ts'

const hashes = Array.from({ length: 8 }, (_, at) => hashText(String(at)))

/** A question with what was said of its results in order; undefined for nothing. */
function asked(
  question: string,
  verdicts: readonly (Judgement | undefined)[],
  askedAtMs = 0,
): JudgedQuestion {
  const judgements = new Map(
    verdicts.flatMap((verdict, at) => {
      const hash = hashes[at]
      return verdict === undefined || hash === undefined ? [] : [[hash, verdict] as const]
    }),
  )
  return { question, askedAtMs, results: hashes, judgements }
}

describe('precision of the first 5', () => {
  it('is the mean share of helpful results among the judged, by question', () => {
    const precision = precisionAtK([
      asked('a', ['helpful', undefined, 'helpful', 'wrong', 'outdated']),
      asked('b', ['helpful']),
      asked('c', [undefined, 'not-helpful']),
    ])
    expect(precision).toMatchObject({ k: 5, mean: 0.5, questions: 3, judged: 6 })
  })

  it('counts no question without a judgement among the first five', () => {
    const beyond = [...Array<undefined>(5), 'helpful'] as const
    expect(precisionAtK([asked('a', []), asked('b', beyond)])).toMatchObject({ mean: null, questions: 0 })
    expect(precisionAtK([asked('b', beyond)], 6)).toMatchObject({ mean: 1, questions: 1 })
  })

  it('counts a question that was asked again once, as it was judged last', () => {
    const precision = precisionAtK([
      asked('How?', ['wrong'], 1),
      asked('how? ', ['helpful'], 3),
      asked('How?', [], 4),
      asked('How?', ['outdated'], 2),
    ])
    expect(precision).toMatchObject({ mean: 1, questions: 1 })
  })

  it('gives Wilson’s interval: 8 of 10 lie between 49 and 94 %', () => {
    const questions = Array.from({ length: 10 }, (_, at) => asked(String(at), [at < 8 ? 'helpful' : 'wrong']))
    const { low, high } = precisionAtK(questions)
    expect(low).toBeCloseTo(0.4902, 3)
    expect(high).toBeCloseTo(0.9433, 3)
  })

  it('lies within its interval, which lies between 0 and 1', () => {
    const verdicts = fc.array(fc.option(fc.constantFrom(...JUDGEMENTS), { nil: undefined }), { maxLength: 8 })
    fc.assert(
      fc.property(fc.array(verdicts, { maxLength: 30 }), (list) => {
        const { mean, low, high } = precisionAtK(list.map((one, at) => asked(String(at), one)))
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(1)
        if (mean === null) return
        expect(mean).toBeGreaterThanOrEqual(low - 1e-9)
        expect(mean).toBeLessThanOrEqual(high + 1e-9)
      }),
    )
  })
})
