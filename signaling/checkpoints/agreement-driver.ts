import { toLoremeshError, type LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { AgreementEffect, AgreementOptions } from '../../src/domain/ledger/agreement-host.ts'
import type {
  AgreementMessage,
  AgreementValue,
  UnsignedStatement,
} from '../../src/domain/ledger/agreement-message.ts'
import type { AgreementRecord } from '../../src/domain/ledger/agreement-record.ts'
import { createAgreement } from '../../src/domain/ledger/agreement.ts'

/** Time as checkpoints need it. */
export interface CheckpointClock {
  /** Milliseconds since 1970-01-01 UTC. */
  nowMs(): number
  /** Resolves after `ms`, or rejects when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `run` every `ms` until the returned function is called. */
  every(ms: number, run: () => void): () => void
}

/** What the agreement wants from the world. */
export interface DriverParts {
  readonly clock: Pick<CheckpointClock, 'sleep'>
  sign(statement: UnsignedStatement): Uint8Array
  /** Stores the record; it is on the disk before anything is sent that follows from it. */
  persist(record: AgreementRecord): Promise<void>
  broadcast(message: AgreementMessage): void
  makeValue(round: number): Promise<AgreementValue>
  judge(value: AgreementValue): Promise<boolean>
  decide(decision: Extract<AgreementEffect, { type: 'decided' }>): Promise<void>
  /** Called for what went wrong without harm: the agreement goes on. */
  onProblem(error: LoremeshError): void
  /** Called once when the record or the decision could not be stored: the driver has stopped. */
  onFailure(error: LoremeshError): void
}

/** Does what the agreement on one height asks for, one thing after another. */
export interface AgreementDriver {
  readonly height: number
  isStarted(): boolean
  start(): void
  /** Takes a message whose signatures are right. */
  receive(message: AgreementMessage): void
  /** Tells the others again what they may have missed. */
  repeat(): void
  stop(): void
}

/** Drives the agreement on a height, from where a record of it says. */
export function driveAgreement(
  parts: DriverParts,
  options: AgreementOptions,
  record?: AgreementRecord,
): AgreementDriver {
  const machine = createAgreement(parts, options, record)
  const stopping = new AbortController()
  let isStarted = false
  let queue: Promise<void> = Promise.resolve()

  function perform(effects: readonly AgreementEffect[]): void {
    if (effects.length === 0) return
    queue = queue.then(() => performAll(effects))
  }

  async function performAll(effects: readonly AgreementEffect[]): Promise<void> {
    try {
      for (const effect of effects) if (!stopping.signal.aborted) await performOne(effect)
    } catch (error) {
      stopping.abort()
      parts.onFailure(toLoremeshError(error))
    }
  }

  async function performOne(effect: AgreementEffect): Promise<void> {
    switch (effect.type) {
      case 'persist':
        return parts.persist(effect.record)
      case 'broadcast':
        parts.broadcast(effect.message)
        return
      case 'timer':
        void wait(effect.ms, () => machine.timedOut(effect.step, effect.round))
        return
      case 'value-wanted':
        void propose(effect.round)
        return
      case 'judge':
        void judge(effect.value)
        return
      case 'decided':
        return parts.decide(effect)
      case 'equivocation':
        parts.onProblem(toLoremeshError(new Error('An authority contradicted itself in the agreement')))
    }
  }

  async function wait(ms: number, end: () => readonly AgreementEffect[]): Promise<void> {
    try {
      await parts.clock.sleep(ms, stopping.signal)
    } catch {
      return
    }
    perform(end())
  }

  async function propose(round: number): Promise<void> {
    try {
      const value = await parts.makeValue(round)
      perform(machine.propose(round, value))
    } catch (error) {
      parts.onProblem(toLoremeshError(error))
    }
  }

  async function judge(value: AgreementValue): Promise<void> {
    let isValid = false
    try {
      isValid = await parts.judge(value)
    } catch (error) {
      parts.onProblem(toLoremeshError(error))
    }
    perform(machine.judged(value.id, isValid))
  }

  return {
    height: options.height,
    isStarted: () => isStarted,
    start() {
      isStarted = true
      perform(machine.start())
    },
    receive: (message) => perform(machine.receive(message)),
    repeat() {
      for (const message of machine.repeat()) parts.broadcast(message)
    },
    stop: () => stopping.abort(),
  }
}
