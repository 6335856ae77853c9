import { DEFAULT_PRICES } from '../domain/economy/prices.ts'
import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import type { ModelChoice } from '../domain/answer/model-choice.ts'
import type { CitedAnswer, WrittenAnswer } from '../peer/answers.ts'
import type { RunningPeer } from '../peer/create-peer.ts'
import type { Answer } from '../peer/peer.ts'
import { answerToJson, type AnswerReport, type Writing } from './answer-json.ts'
import { citationsToText, passagesToText, quotesToText, summaryToText } from './answer-text.ts'
import { accountError, awaitAccount, type AccountAccess } from './await-account.ts'
import { openModelChoice } from './model-options.ts'
import type { Command } from './options.ts'
import { tell } from './tell.ts'
import { toTerminalText } from './terminal-text.ts'

type AskCommand = Extract<Command, { name: 'ask' }>

/** What a shell reports of a command that Ctrl-C ended. */
export const STOPPED = 130

/**
 * Asks a question, prints what answers it, and has a model write if the command says so. Ctrl-C ends it, and of a written
 * answer keeps what came; a second one ends the process. Gives the exit status: 1 when the model failed, 130 when it was
 * stopped.
 */
export async function ask(peer: RunningPeer, command: AskCommand): Promise<number> {
  // What is wrong with the choice shows before anything is paid.
  const choice = command.model && (await openModelChoice(command.model))
  const stop = new AbortController()
  const onInterrupt = (): void => stop.abort()
  process.once('SIGINT', onInterrupt)
  try {
    const report = await find(peer, command, stop.signal)
    // Without passages a model would have nothing to write from.
    const writer = report.cited.packed.passages.length === 0 ? undefined : choice
    const print = command.json ? printAsJson : printAsText
    return await print(peer, report, writer, stop.signal)
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}

/**
 * Asks as soon as the account is up to date, or it is clear that this can't be had: an account that was opened earlier
 * then buys only from what is set aside already, and a new one asks its library only.
 */
async function find(peer: RunningPeer, command: AskCommand, signal: AbortSignal): Promise<AnswerReport> {
  const { question, scope, maxTokenCost, json } = command
  const account = scope === 'library' ? undefined : await orStopped(awaitAccount(peer), signal)
  if (account?.state === 'new' && scope === 'network') throw accountError(account)
  tell(account?.notice ?? '')
  const answer = await peer.ask(question, {
    scope: account?.state === 'new' ? 'library' : scope,
    maxTokenCost,
    signal,
    onProgress: ({ message }) => {
      if (!json) console.error(message)
    },
  })
  const reported = account === undefined ? answer : withAccount(answer, account)
  failWithoutResults(reported)
  const [cited, usage] = await Promise.all([
    peer.answers.cite(answer, { spendBudget: maxTokenCost, signal }),
    peer.questions.count(answer),
  ])
  await peer.questions.keep(answer, usage, DEFAULT_PRICES)
  return { answer: reported, cited, usage }
}

/** What is waited for, or the error of having been stopped. */
async function orStopped<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new LoremeshError('aborted', 'The question was stopped')), {
      once: true,
    })
  })
  return Promise.race([waiting, stopped])
}

/** The answer with what does not work with the account, if that can be why it lacks something. */
function withAccount(answer: Answer, account: AccountAccess): Answer {
  if (account.state === 'ready') return answer
  const { code, message, hint } = accountError(account)
  return { ...answer, troubles: [...answer.troubles, { provider: null, code, message, hint }] }
}

/** A question that brought nothing because something failed is a failure, named by the first trouble. */
function failWithoutResults({ results, troubles }: Answer): void {
  const [first] = troubles
  if (results.length > 0 || first === undefined) return
  throw new LoremeshError(first.code, first.message, first.hint)
}

async function printAsJson(
  peer: RunningPeer,
  report: AnswerReport,
  choice: ModelChoice | undefined,
  signal: AbortSignal,
): Promise<number> {
  const writing = choice && (await write(peer, report.cited, choice, signal))
  console.log(JSON.stringify(answerToJson(report, writing)))
  return statusOf(writing)
}

/** Quotes first; then the passages, or the written answer as it comes and what it cites. */
async function printAsText(
  peer: RunningPeer,
  report: AnswerReport,
  choice: ModelChoice | undefined,
  signal: AbortSignal,
): Promise<number> {
  console.log(`${quotesToText(report.cited)}\n`)
  if (choice === undefined) {
    console.log([...passagesToText(report), summaryToText(report)].join('\n\n'))
    return 0
  }
  let printed = 0
  const writing = await write(peer, report.cited, choice, signal, (text) => {
    process.stdout.write(toTerminalText(text.slice(printed)))
    printed = text.length
  })
  if (printed > 0) console.log('\n')
  console.log([...citationsToText(report, writing.written), summaryToText(report)].join('\n\n'))
  if (writing.failure !== undefined)
    console.error(`${writing.failure.message}. ${writing.failure.hint}`.trim())
  return statusOf(writing)
}

/** Has the model write, and keeps what came before a failure. */
async function write(
  peer: RunningPeer,
  cited: CitedAnswer,
  choice: ModelChoice,
  signal: AbortSignal,
  onText: (text: string) => void = () => undefined,
): Promise<Writing> {
  const { model } = choice
  let written: WrittenAnswer = { text: '', blocks: [], unknownCitations: [] }
  try {
    await peer.answers.write(cited, choice, {
      signal,
      onText(now) {
        written = now
        onText(now.text)
      },
    })
    return { model, written, failure: undefined }
  } catch (error) {
    return { model, written, failure: toLoremeshError(error) }
  }
}

function statusOf(writing: Writing | undefined): number {
  if (writing?.failure === undefined) return 0
  return writing.failure.code === 'aborted' ? STOPPED : 1
}
