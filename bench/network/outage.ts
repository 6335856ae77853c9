import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright'
import { startHeadless } from '../../test/support/headless.ts'
import { freePort, type TestServer } from '../../test/support/start-server.ts'
import { startStaticHost } from '../../test/support/static-host.ts'
import { openBenchTab } from '../bench-page.ts'
import { distribution, progress, shareOf, single } from '../report.ts'
import type { PaidAnswer } from '../tab/paid-question.ts'
import { pairsOf, withTabs, type TabBed } from './bench-tabs.ts'
import { documentsOf, type Diary } from './garden-diaries.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How many tabs live without their server for how long, and what they ask one another. */
export interface OutageSizes {
  readonly tabs: number
  readonly outageMs: number
  readonly questions: number
  /** Tabs that are closed and opened again meanwhile. */
  readonly restarts: number
}

export const fullOutageSizes: OutageSizes = {
  tabs: 20,
  outageMs: 5 * 60_000,
  questions: 1_000,
  restarts: 4,
}

/** For a quick look at whether everything runs. */
export const smallOutageSizes: OutageSizes = { tabs: 4, outageMs: 30_000, questions: 60, restarts: 1 }

/** Longer than any run: what is reserved before the outage is good until its end. */
const PAYMENT_WINDOW_SECONDS = '7200'
/** More than everything that is asked for costs. */
const STARTER_TOKENS = '10000'
/** Questions under way at once while reserves are made. */
const WARM_UPS_AT_ONCE = 4
/** More than each tab is asked for, as a pair whose turn it is may be busy or away. */
const SPARE_DOCUMENTS = 4
const LISTENER_TIMEOUT_MS = 60_000
const JOIN_TIMEOUT_MS = 60_000
const POLL_MS = 500

/**
 * Real tabs, and one peer without a browser that listens on a WebSocket, as an invitation must lead to something that a
 * tab can dial. Each tab buys of each other one, which takes a certified reserve; then the server is killed, and they go
 * on asking for what they do not have yet, while some are closed and opened again and somebody new joins by an invitation.
 */
export async function measureOutage(sizes: OutageSizes): Promise<NetworkPart> {
  return withTabs(
    async (bed) => {
      const listener = await startListener(bed.server)
      try {
        const documentsEach =
          Math.ceil((sizes.questions / sizes.tabs + sizes.tabs) / (sizes.tabs - 1)) + SPARE_DOCUMENTS
        const tabs = await bed.openSharers(sizes.tabs, documentsEach)
        const away = new Set<number>()
        const questions = createQuestions(tabs, away, documentsEach)
        const invitation = await inviteOnceListening(tabs)
        await makeReserves(questions, sizes)
        await bed.server.kill()
        const page = await startStaticHost(bed.directory, Number(new URL(bed.server.url).port))
        progress(`the server was killed; ${describeLoad()}`)
        try {
          const joining = joinMeanwhile(bed, { tabs, away, invitation }, sizes)
          const asked = await askMeanwhile(questions, sizes)
          const { rejoinMs, newTabMs, failures } = await joining
          return { figures: { ...figuresOf(asked), ...joinFigures(rejoinMs, newTabMs) }, failures }
        } finally {
          await page.close()
        }
      } finally {
        listener.stop()
      }
    },
    {
      LOREMESH_STARTER_TOKENS: STARTER_TOKENS,
      LOREMESH_PAYMENT_WINDOW_SECONDS: PAYMENT_WINDOW_SECONDS,
    },
  )
}

async function startListener(server: TestServer): Promise<{ stop(): void }> {
  const data = mkdtempSync(join(tmpdir(), 'loremesh-bench-listener-'))
  const listen = `127.0.0.1:${await freePort()}`
  const child = startHeadless([
    '--server',
    server.url,
    '--data',
    data,
    '--listen',
    listen,
    'invite',
    '--json',
  ])
  child.on('exit', () => rmSync(data, { recursive: true, force: true }))
  return { stop: () => child.kill('SIGTERM') }
}

/** An invitation by one of the tabs, once it knows a peer that listens. */
async function inviteOnceListening(tabs: readonly Page[]): Promise<string> {
  const deadlineMs = performance.now() + LISTENER_TIMEOUT_MS
  for (;;) {
    for (const tab of tabs) {
      const { code, peersListening } = await tab.evaluate(() => window.bench.invite())
      if (peersListening > 0) return code
    }
    if (performance.now() > deadlineMs) throw new Error('No tab is linked to a peer that listens')
    await pause(POLL_MS)
  }
}

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

/** Questions in turn, each about a document that the asker has not bought and that somebody has who is not `away`. */
function createQuestions(
  tabs: readonly Page[],
  away: ReadonlySet<number>,
  documentsEach: number,
): { ask(): Promise<PaidAnswer | undefined> } {
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
      const chosen = next()
      const tab = tabs[chosen?.asker ?? -1]
      if (chosen === undefined || tab === undefined) return undefined
      const { asker, diary } = chosen
      asking.add(asker)
      try {
        const answer = await tab.evaluate(([question, title]) => window.bench.askPaid(question, title), [
          diary.question,
          diary.title,
        ] as const)
        if (!answer.isAnswered && !answer.wasHeld) report(chosen, answer)
        return answer
      } finally {
        asking.delete(asker)
      }
    },
  }
}

/** Every tab buys of every other one once. */
async function makeReserves(
  questions: { ask(): Promise<PaidAnswer | undefined> },
  { tabs }: OutageSizes,
): Promise<void> {
  const pairs = tabs * (tabs - 1)
  let answered = 0
  for (let done = 0; done < pairs; done += WARM_UPS_AT_ONCE) {
    const batch = Array.from({ length: Math.min(WARM_UPS_AT_ONCE, pairs - done) }, () => questions.ask())
    answered += (await Promise.all(batch)).filter((answer) => answer?.isAnswered === true).length
  }
  progress(`${answered} of ${pairs} questions were answered with the server; ${describeLoad()}`)
}

/**
 * Asks at a steady pace through the whole outage. Who is closed while it waits for an answer has asked nothing, and whoever
 * held the passage already has not asked the network.
 */
async function askMeanwhile(
  questions: { ask(): Promise<PaidAnswer | undefined> },
  { questions: wanted, outageMs }: OutageSizes,
): Promise<readonly PaidAnswer[]> {
  const asked: PaidAnswer[] = []
  const running: Promise<void>[] = []
  const startMs = performance.now()
  for (let question = 0; question < wanted; question++) {
    await pause(Math.max(0, startMs + (question * outageMs) / wanted - performance.now()))
    running.push(
      questions.ask().then(
        (answer) => {
          if (answer?.wasHeld === false) asked.push(answer)
        },
        () => undefined,
      ),
    )
    if (question % 50 !== 49) continue
    const answered = asked.filter(({ isAnswered }) => isAnswered).length
    progress(`${question + 1} questions, ${answered} of ${asked.length} answered; ${describeLoad()}`)
  }
  await Promise.all(running)
  return asked
}

/** Closes tabs and opens them again, evenly over the outage, and lets somebody new join in its middle. */
async function joinMeanwhile(
  { browser, server }: TabBed,
  {
    tabs,
    away,
    invitation,
  }: { readonly tabs: Page[]; readonly away: Set<number>; readonly invitation: string },
  { outageMs, restarts }: OutageSizes,
): Promise<{ readonly rejoinMs: number[]; readonly newTabMs: number[]; readonly failures: string[] }> {
  const [rejoinMs, newTabMs, failures]: [number[], number[], string[]] = [[], [], []]
  const timesMs = Array.from({ length: restarts + 1 }, (_, at) => ((at + 1) * outageMs) / (restarts + 3))
  let lastMs = 0
  for (const [at, atMs] of timesMs.entries()) {
    await pause(atMs - lastMs)
    lastMs = atMs
    const isNew = at === Math.floor(restarts / 2)
    const closed = isNew ? undefined : tabs[at]
    if (!isNew) away.add(at)
    const context = closed?.context() ?? (await browser.newContext())
    await closed?.close()
    try {
      const tab = await openBenchTab(context, server.url)
      const joinMs = await tab.evaluate(([timeoutMs, code]) => window.bench.joinMs(timeoutMs, code), [
        JOIN_TIMEOUT_MS,
        isNew ? invitation : undefined,
      ] as const)
      ;(isNew ? newTabMs : rejoinMs).push(joinMs)
      if (!isNew) {
        tabs[at] = tab
        away.delete(at)
      }
      progress(`${isNew ? 'a new tab joined' : `tab ${at} came back`} after ${Math.round(joinMs)} ms`)
    } catch (error) {
      failures.push(`${isNew ? 'a new tab did not join' : `tab ${at} did not come back`}: ${String(error)}`)
    }
  }
  return { rejoinMs, newTabMs, failures }
}

function figuresOf(answers: readonly PaidAnswer[]): NetworkPart['figures'] {
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

function joinFigures(rejoinMs: readonly number[], newTabMs: readonly number[]): NetworkPart['figures'] {
  return {
    tabsBack: single(rejoinMs.length, 'tabs'),
    newTabs: single(newTabMs.length, 'tabs'),
    ...(rejoinMs.length > 0 && { rejoinMs: distribution(rejoinMs, 'ms') }),
    ...(newTabMs.length > 0 && { newTabJoinMs: distribution(newTabMs, 'ms') }),
  }
}
