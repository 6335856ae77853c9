import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { isLoremeshError, type ErrorCode } from '../../../src/domain/kernel/errors.ts'

/** Something that keeps state and is sent messages by whoever likes to. */
export interface FuzzedService<Message> {
  readonly name: string
  /** What cheats and broken programs send. */
  readonly hostile: fc.Arbitrary<Message>
  /** What it answers is not looked at. Throws what it refuses with. */
  send(message: Message): Promise<unknown>
  /** Throws, and not by name, when something has changed that no such message may change. */
  check(): Promise<void>
}

/** What became of hostile messages. */
export interface ServiceReport {
  readonly name: string
  readonly cases: number
  readonly answered: number
  /** By code. */
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>
  readonly slowestMs: number
  /** How much more memory is in use after it than before, in bytes. */
  readonly heapGrowthBytes: number
  /** What should never happen. */
  readonly failure: string | undefined
}

/** Time in which a message is dealt with, also on a busy machine. */
const MAX_CASE_MS = 4_000

/** Sends a service so many hostile messages; the same seed gives the same ones. */
export async function fuzzService<Message>(
  service: FuzzedService<Message>,
  { cases, seed }: { readonly cases: number; readonly seed: number },
): Promise<ServiceReport> {
  const refused: Partial<Record<ErrorCode, number>> = {}
  let answered = 0
  let slowestMs = 0

  async function send(message: Message): Promise<void> {
    const startMs = performance.now()
    try {
      await service.send(message)
      answered += 1
    } catch (error) {
      if (!isLoremeshError(error) || error.code === 'internal') throw error
      refused[error.code] = (refused[error.code] ?? 0) + 1
    }
    const ms = performance.now() - startMs
    slowestMs = Math.max(slowestMs, ms)
    if (ms > MAX_CASE_MS) throw new Error(`It took ${Math.round(ms)} ms`)
  }

  const heapBefore = measureHeap()
  const run = await fc.check(fc.asyncProperty(service.hostile, send), { numRuns: cases, seed })
  const heapGrowthBytes = measureHeap() - heapBefore
  const failure = run.failed ? fc.defaultReportMessage(run) : await failureOf(() => service.check())
  return { name: service.name, cases, answered, refused, slowestMs, heapGrowthBytes, failure }
}

async function failureOf(check: () => Promise<void>): Promise<string | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Memory that is in use once everything that can be is freed, in bytes. */
function measureHeap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
