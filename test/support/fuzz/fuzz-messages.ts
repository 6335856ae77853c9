import fc from 'fast-check'
import type { SignatureVerifier } from '../../../src/domain/identity/signature.ts'
import { bytesEqual } from '../../../src/domain/kernel/bytes.ts'
import { isLoremeshError, type ErrorCode } from '../../../src/domain/kernel/errors.ts'
import type { MessageKind } from './message-kind.ts'

/** What became of the almost valid messages of a kind. */
export interface KindReport {
  readonly name: string
  readonly cases: number
  /** Those that no limit of size refuses. */
  readonly withinLength: number
  /** Refused by the reader, by code. */
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>
  /** Read, written again as the same bytes, and refused by who verifies them. */
  readonly unverified: number
  /** Nothing is wrong with them: what was changed is not signed, or is as genuine. */
  readonly accepted: number
  /** Of those: the very messages that are valid, as somebody repeats them. */
  readonly repeated: number
  readonly slowestMs: number
  /** What should never happen, with the smallest message that makes it happen. */
  readonly failure: string | undefined
}

/** Time in which a message is read and verified, also on a busy machine. */
const MAX_CASE_MS = 2_000

/** Reads so many almost valid messages of a kind; the same seed gives the same ones. */
export async function fuzzKind(
  kind: MessageKind,
  {
    cases,
    seed,
    verifier,
  }: { readonly cases: number; readonly seed: number; readonly verifier: SignatureVerifier },
): Promise<KindReport> {
  const refused: Partial<Record<ErrorCode, number>> = {}
  const counts = { cases: 0, withinLength: 0, unverified: 0, accepted: 0, repeated: 0 }
  const valid = new Set(kind.valid.map(nameOf))
  let slowestMs = 0

  async function judge(message: Uint8Array | string): Promise<void> {
    const isWithin = message.length <= kind.maxLength
    counts.cases += 1
    if (isWithin) counts.withinLength += 1
    const code = await outcomeOf(kind, message, verifier)
    if (code === 'accepted' || code === 'unverified') {
      if (!isWithin) throw new Error('A message above the limit was read')
      counts[code] += 1
      if (code === 'accepted' && valid.has(nameOf(message))) counts.repeated += 1
    } else {
      refused[code] = (refused[code] ?? 0) + 1
    }
  }

  const property = fc.asyncProperty(kind.mutated, async (message) => {
    const startMs = performance.now()
    await judge(message)
    const ms = performance.now() - startMs
    slowestMs = Math.max(slowestMs, ms)
    if (ms > MAX_CASE_MS) throw new Error(`It took ${Math.round(ms)} ms`)
  })
  const natives = nativeKeys()
  await expectValid(kind, verifier)
  const run = await fc.check(property, { numRuns: cases, seed })
  const failure = run.failed ? fc.defaultReportMessage(run) : undefined
  const isPolluted = nativeKeys() !== natives
  return {
    name: kind.name,
    ...counts,
    refused,
    slowestMs,
    failure: isPolluted ? 'A built-in prototype has been changed' : failure,
  }
}

/** Tells messages apart. */
function nameOf(message: Uint8Array | string): string {
  return Buffer.from(message).toString('base64')
}

/** What becomes of a message. Throws unless it is read to the end, or refused by name. */
async function outcomeOf(
  { read }: MessageKind,
  message: Uint8Array | string,
  verifier: SignatureVerifier,
): Promise<ErrorCode | 'unverified' | 'accepted'> {
  let isRead = false
  try {
    const { again, verify } = read(message)
    if (again !== undefined && !bytesEqual(again, Buffer.from(message))) {
      throw new Error('The message was read as something else than it says')
    }
    isRead = true
    await verify?.(verifier)
    return 'accepted'
  } catch (error) {
    if (!isLoremeshError(error) || error.code === 'internal') throw error
    return isRead ? 'unverified' : error.code
  }
}

/** Throws unless everything that is valid is accepted. */
async function expectValid(kind: MessageKind, verifier: SignatureVerifier): Promise<void> {
  for (const message of kind.valid) {
    const outcome = await outcomeOf(kind, message, verifier)
    if (outcome !== 'accepted') throw new Error(`A valid message of the kind "${kind.name}" is ${outcome}`)
  }
}

/** Names of everything that the prototypes of plain values have. */
function nativeKeys(): string {
  const prototypes = [
    Object.prototype,
    Array.prototype,
    Uint8Array.prototype,
    Map.prototype,
    String.prototype,
  ]
  return prototypes.flatMap((prototype) => Reflect.ownKeys(prototype).map(String)).join()
}
