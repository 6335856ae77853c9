import type { Identity } from '../../src/domain/identity/identity.ts'
import type { SignatureVerifier } from '../../src/domain/identity/signature.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { toLoremeshError, type LoremeshError } from '../../src/domain/kernel/errors.ts'
import { encodeAgreementMessage, parseAgreementMessage } from '../../src/domain/ledger/agreement-message.ts'
import { statementDigest, verifyAgreementMessage } from '../../src/domain/ledger/agreement-signature.ts'
import { encodeCheckpointCertificate } from '../../src/domain/ledger/checkpoint-certificate.ts'
import type { CheckpointCertificate, SignedCheckpoint } from '../../src/domain/ledger/checkpoint.ts'
import { encodeFacts } from '../../src/domain/ledger/fact-codec.ts'
import type { FraudProof } from '../../src/domain/ledger/fraud-proof.ts'
import { networkIdOf, quorumOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import type { NetworkParameters } from '../../src/domain/ledger/network-parameters.ts'
import type { ParameterChange } from '../../src/domain/ledger/parameter-change.ts'
import { encodeAuthorityRequest } from '../../src/protocols/authority.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { createBoundedMap } from '../authority/bounded-map.ts'
import type { AskOther } from '../authority/replication.ts'
import { driveAgreement, type AgreementDriver, type CheckpointClock } from './agreement-driver.ts'
import { applyCheckpoint, finishApplying } from './apply-checkpoint.ts'
import { createCheckpointAnswers, type CheckpointAnswers } from './checkpoint-answers.ts'
import { isDue } from './checkpoint-due.ts'
import type { ComposedCheckpoint } from './compose-checkpoint.ts'
import { encodeCut } from './cut.ts'
import { createCheckpointFollower } from './follow-checkpoints.ts'
import { openHeightProposals } from './height-proposals.ts'
import { createHeightRecords } from './height-records.ts'
import { encodeObjection, parseObjection } from './objection.ts'
import { openFinalLedger } from './open-final-ledger.ts'
import { openOwnLog } from './own-log.ts'
import { headerFormat } from './proposal.ts'
import { createStoredHeaders } from './stored-headers.ts'
import { createWishes, encodeWish, parseWish } from './wishes.ts'

/** How often messages are repeated, and it is looked whether a checkpoint is due. */
const TICK_MS = 1_000
/** How much earlier than by the own clock another authority may find that a checkpoint is due. */
const CLOCK_DIFFERENCE_MS = 2_000
/** Proposals of one height of which it is remembered who showed them first. */
const MAX_PROPOSERS = 1_024
/** Ticks between two repetitions of what this authority's operator wishes. */
const WISH_TICKS = 5
/** Long enough to compose a checkpoint of many entries, on the one side and on the other. */
const TIMEOUTS = { proposeMs: 5_000, prevoteMs: 1_000, precommitMs: 1_000, growthMs: 1_000 }

/** An authority's part in the checkpoints of its network, and what it tells about those that are final. */
export interface CheckpointService extends CheckpointAnswers {
  /**
   * Takes a message of the agreement, an objection or a wish from the authority with this index. Throws what their parsers,
   * `verifyAgreementMessage` and `verifyEntry` throw.
   */
  receive(messageWire: Uint8Array, from: number): Promise<void>
  /** A proposal for the next checkpoint that this authority found right, by its hash. */
  proposal(hash: Uint8Array): Promise<Uint8Array | undefined>
  /** In force in the newest final checkpoint. */
  parameters(): NetworkParameters
  stop(): Promise<void>
}

/** What the service is made of. */
export interface CheckpointComponents {
  readonly store: AuthorityStore
  readonly genesis: Genesis
  readonly identity: Pick<Identity, 'sign'>
  /** Index of this authority. */
  readonly authority: number
  /** What its operator wishes to have changed. */
  readonly wishes: readonly ParameterChange[]
  readonly verifier: SignatureVerifier
  readonly clock: CheckpointClock
  readonly ask: AskOther
  /** Reads the other authorities' logs. */
  readonly catchUp: () => Promise<void>
}

/** What others want to know of it. */
export interface CheckpointEvents {
  /** Called for each checkpoint that became final, after it was stored. */
  readonly onCheckpoint?: (checkpoint: SignedCheckpoint) => void
  /** Called for each proof of fraud that is new here, after it was stored. */
  readonly onFraudProven?: (fraud: FraudProof) => void
  /** Called for what went wrong; the service goes on. */
  readonly onProblem?: (error: LoremeshError) => void
}

/**
 * Makes checkpoints with the other authorities, one after another, from where the store is. Throws what `openFinalLedger`
 * throws.
 */
export async function startCheckpoints(
  components: CheckpointComponents,
  events: CheckpointEvents = {},
): Promise<CheckpointService> {
  const { store, genesis, identity, authority, verifier, clock, ask, catchUp } = components
  const onProblem = (error: LoremeshError): void => events.onProblem?.(error)
  const onFraudProven = (fraud: FraudProof): void => events.onFraudProven?.(fraud)
  await finishApplying(store, genesis)
  const headers = createStoredHeaders(store)
  const records = createHeightRecords(store)
  const log = await openOwnLog(store, authority)
  const others = genesis.authorities.flatMap((_, index) => (index === authority ? [] : [index]))
  const sources = { store, genesis, headers, verifier, catchUp, ask }
  const wishes = createWishes(components.wishes, { quorum: quorumOf(genesis) })
  const parts = {
    ...sources,
    ...{ log, records, others, clock, onFraudProven, onProblem, onContested, agreedChanges },
    isWished: wishes.isWished,
  }
  const network = networkIdOf(genesis)

  let final = await openFinalLedger(store, { genesis, headers })
  let finishing: Promise<void> = Promise.resolve()
  /** At its start an authority does not wait for news. */
  let isFresh = true
  let ticks = 0
  let current = await openHeight()

  const follower = createCheckpointFollower(sources, { final: () => final, finish, onProblem })

  async function openHeight() {
    const base = final
    const height = base.height + 1
    const proposals = await openHeightProposals(parts, base)
    const record = await records.readAgreement(height)
    const proposers = createBoundedMap<string, number>(MAX_PROPOSERS)
    let hasFailed = false
    const options = { height, authorities: genesis.authorities.length, authority, timeouts: TIMEOUTS }
    const driver: AgreementDriver = driveAgreement(
      {
        clock,
        sign: (statement) => identity.sign(statementDigest(network, statement)),
        persist: (stand) => records.saveAgreement(stand),
        broadcast: (message) => tellOthers(encodeAgreementMessage(message)),
        makeValue: (round) => proposals.make(round),
        judge: (value) => proposals.judge(value, proposers.get(value.id)),
        async decide({ value, round, precommits }) {
          const composed = proposals.find(value.id)?.composed
          // Without its proposal, which another authority has, the checkpoint comes when that one is asked for it.
          if (composed === undefined) return
          const { hash } = composed.checkpoint
          await finish(composed, { height, round, hash, votes: precommits })
        },
        onProblem,
        onFailure(error) {
          onProblem(error)
          hasFailed = true
        },
      },
      options,
      record,
    )
    if (record !== undefined) driver.start()
    return { proposals, proposers, driver, hasFailed: () => hasFailed }
  }

  function onContested(claims: readonly Uint8Array[]): void {
    tellOthers(encodeObjection(final.height + 1, claims))
  }

  function agreedChanges(): readonly ParameterChange[] {
    const { height, parameters, facts } = final
    return wishes.agreed({ height: height + 1, parameters, removed: facts.removed() })
  }

  function tellWishes(): void {
    const changes = wishes.open(final)
    if (changes.length > 0) tellOthers(encodeWish({ height: final.height + 1, changes }))
  }

  function tellOthers(messageWire: Uint8Array): void {
    for (const other of others) void tell(other, messageWire)
  }

  /** What matters is repeated, so whoever can't be reached now learns it later. */
  async function tell(other: number, messageWire: Uint8Array): Promise<void> {
    try {
      await ask(other, encodeAuthorityRequest({ type: 'agreement', messageWire }))
    } catch (error) {
      onProblem(toLoremeshError(error))
    }
  }

  /** Makes a checkpoint final here, unless another one of its height was faster. */
  function finish(composed: ComposedCheckpoint, certificate: CheckpointCertificate): Promise<void> {
    const turn = finishing.then(() => finishNow(composed, certificate))
    finishing = turn.catch(() => undefined)
    return turn
  }

  async function finishNow(composed: ComposedCheckpoint, certificate: CheckpointCertificate): Promise<void> {
    if (composed.base !== final) return
    const { checkpoint, facts, cut, leaves, after } = composed
    const stored = {
      height: after.height,
      header: checkpoint.bytes,
      certificate: encodeCheckpointCertificate(certificate),
      facts: encodeFacts(facts),
      cut: encodeCut(cut),
    }
    await applyCheckpoint(store, genesis, { stored, leaves }, (home) => log.save(home))
    final = after
    isFresh = false
    current.driver.stop()
    current = await openHeight()
    tellWishes()
    events.onCheckpoint?.({ ...checkpoint, certificate })
    await log.advance(final)
  }

  /** Whether something could not be stored or read, so that the height has to be opened anew. */
  function isStuck(): boolean {
    return current.hasFailed() || current.driver.height !== final.height + 1
  }

  /** Goes on from the last record. */
  function reopen(): Promise<void> {
    const turn = finishing.then(async () => {
      if (isStuck()) current = await openHeight()
    })
    finishing = turn.catch(() => undefined)
    return turn
  }

  async function tick(): Promise<void> {
    ticks += 1
    if (isStuck()) await reopen()
    if (ticks % WISH_TICKS === 0) tellWishes()
    const { driver } = current
    if (driver.isStarted()) {
      driver.repeat()
      void follower.follow(others.slice(ticks % others.length).slice(0, 1))
    } else if (await isNowDue()) driver.start()
  }

  async function isNowDue(): Promise<boolean> {
    const nowMs = clock.nowMs()
    const hasReason = isFresh || agreedChanges().length > 0
    if (hasReason && nowMs - final.timeMs >= genesis.checkpointIntervalMs) return true
    isFresh = false
    return isDue(store, final, { genesis, nowMs })
  }

  let ticking: Promise<void> | undefined
  function runTick(): void {
    ticking ??= tick()
      .catch((error: unknown) => onProblem(toLoremeshError(error)))
      .finally(() => (ticking = undefined))
  }
  const stopTicking = clock.every(TICK_MS, runTick)
  void follower.follow(others)
  tellWishes()
  runTick()

  return {
    ...createCheckpointAnswers(store, headers, () => final),

    async receive(messageWire, from) {
      const wish = parseWish(messageWire)
      if (wish !== undefined) {
        if (wish.height > final.height) wishes.note(wish, from)
        return
      }
      const objection = parseObjection(messageWire)
      if (objection !== undefined) {
        if (objection.height === final.height + 1) await current.proposals.contest(objection.claims)
        return
      }
      const message = parseAgreementMessage(messageWire, headerFormat)
      if (message.height <= final.height) return
      if (message.height > final.height + 1) {
        void follower.follow([from])
        return
      }
      await verifyAgreementMessage(message, genesis, verifier, final.facts.removed())
      const { driver, proposers } = current
      if (message.kind === 'proposal' && !proposers.has(message.value.id)) {
        proposers.set(message.value.id, from)
      }
      driver.receive(message)
      const isInTime = clock.nowMs() + CLOCK_DIFFERENCE_MS >= final.timeMs + genesis.checkpointIntervalMs
      if (isInTime && driver.height === message.height && !driver.isStarted()) driver.start()
    },

    proposal: (hash) => Promise.resolve(current.proposals.find(bytesToHexText(hash))?.wire),

    parameters: () => final.parameters,

    async stop() {
      stopTicking()
      current.driver.stop()
      await ticking
      await finishing
    },
  }
}
