import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright'
import { distribution, progress, shareOf } from '../report.ts'
import type { PaidAnswer } from '../tab/paid-question.ts'
import { documentsOf, type Diary } from './garden-diaries.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** Where the next question of the tabs comes from. */
export interface Questions {
  /** Asks it; undefined when everybody is away, or waits for an answer. */
  ask(): Promise<PaidAnswer | undefined>
}

/** Questions under way at once while reserves are made: as many as small machines have cores. */
const WARM_UPS_AT_ONCE = 2

interface Question {
  readonly asker: number
  /** The one tab that has the document. */
  readonly holder: number
  readonly diary: Diary
}

/** Tells of a question without an answer. */
function report({ asker, holder }: Question, { askedPeers, totalMs, troubles }: PaidAnswer): void {
  const reason = troubles.length === 0 ? 'nothing was found' : troubles.join('; ')
  progress(
    `tab ${asker} asked ${askedPeers} peers for what tab ${holder} has, in vain, for ${Math.round(totalMs)} ms: ${reason}`,
  )
}

/**
 * Questions in turn, each about a document that the asker has not bought and that somebody has who is not `away`. Who is
 * closed while it waits for an answer has asked nothing, and neither has anybody in vain whose one holder was closed.
 */
export function createQuestions(
  tabs: readonly Page[],
  away: ReadonlySet<number>,
  documentsEach: number,
): Questions {
  const count = tabs.length
  const pairs = pairsOf(count)
  const asking = new Set<number>()
  let asked = 0

  /** Undefined when everybody is away, or waits for an answer. */
  function next(): Question | undefined {
    for (let tried = 0; tried < count * count; tried++) {
      const {
        value: [asker, holder],
      } = pairs.next()
      const round = Math.floor(asked++ / (count * (count - 1)))
      const diary = documentsOf(holder, documentsEach)[round % documentsEach]
      if (diary !== undefined && ![asker, holder].some((tab) => away.has(tab)) && !asking.has(asker)) {
        return { asker, holder, diary }
      }
    }
    return undefined
  }

  return {
    async ask() {
      const question = next()
      if (question === undefined) return undefined
      const { asker, holder, diary } = question
      const [askerTab, holderTab] = [tabs[asker], tabs[holder]]
      const wasClosed = (at: number, tab: Page | undefined): boolean => away.has(at) || tabs[at] !== tab
      asking.add(asker)
      try {
        const answer = await askerTab?.evaluate(([text, title]) => window.bench.askPaid(text, title), [
          diary.question,
          diary.title,
        ] as const)
        if (answer === undefined || answer.isAnswered || answer.wasHeld) return answer
        if (wasClosed(holder, holderTab)) return undefined
        report(question, answer)
        return answer
      } catch (error) {
        if (wasClosed(asker, askerTab)) return undefined
        throw error
      } finally {
        asking.delete(asker)
      }
    },
  }
}

/** Every tab buys of every other one once. */
export async function makeReserves(questions: Questions, tabs: number): Promise<void> {
  const pairs = tabs * (tabs - 1)
  let answered = 0
  for (let done = 0; done < pairs; done += WARM_UPS_AT_ONCE) {
    const batch = Array.from({ length: Math.min(WARM_UPS_AT_ONCE, pairs - done) }, () => questions.ask())
    answered += (await Promise.all(batch)).filter((answer) => answer?.isAnswered === true).length
  }
  progress(`${answered} of ${pairs} questions were answered with the server; ${describeLoad()}`)
}

/** Asks at a steady pace through the whole outage. Whoever held the passage already has not asked the network. */
export async function askMeanwhile(
  questions: Questions,
  { questions: wanted, outageMs }: { readonly questions: number; readonly outageMs: number },
): Promise<{ readonly answers: readonly PaidAnswer[]; readonly failures: readonly string[] }> {
  const answers: PaidAnswer[] = []
  const failures: string[] = []
  const running: Promise<void>[] = []
  const startMs = performance.now()
  for (let question = 0; question < wanted; question++) {
    await pause(Math.max(0, startMs + (question * outageMs) / wanted - performance.now()))
    running.push(
      questions.ask().then(
        (answer) => {
          if (answer?.wasHeld === false) answers.push(answer)
        },
        (error: unknown) => {
          failures.push(`question ${question}: ${String(error)}`)
        },
      ),
    )
    if (question % 50 !== 49) continue
    const answered = answers.filter(({ isAnswered }) => isAnswered).length
    progress(`${question + 1} questions, ${answered} of ${answers.length} answered; ${describeLoad()}`)
  }
  await Promise.all(running)
  return { answers, failures }
}

/** What of the answers counts: those paid by vouchers that a quorum stands behind, and apart from them those on credit. */
export function outageFigures(answers: readonly PaidAnswer[]): NetworkPart['figures'] {
  const answered = answers.filter(({ isAnswered }) => isAnswered)
  const onCredit = answered.filter((answer) => answer.onCredit !== '0')
  const paid = answered.filter((answer) => answer.onCredit === '0' && answer.certified !== '0')
  return {
    answeredWithoutServer: shareOf(paid.length / answers.length, answers.length),
    answeredOnCredit: shareOf(onCredit.length / answers.length, answers.length),
    outageAnswerMs: distribution(
      answered.map(({ totalMs }) => totalMs),
      'ms',
    ),
  }
}

/** The number of every pair of tabs, in turn: each asks and is asked equally often. */
function* pairsOf(count: number): Generator<readonly [number, number], never> {
  for (let round = 0; ; round++) {
    const distance = 1 + (round % (count - 1))
    for (let tab = 0; tab < count; tab++) yield [tab, (tab + distance) % count]
  }
}
