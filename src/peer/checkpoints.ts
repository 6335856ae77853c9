import type { Identity } from '../domain/identity/identity.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import { encodeStanding, type AccountStanding } from '../domain/ledger/account-standing.ts'
import {
  encodeCheckpointCertificate,
  parseCheckpointCertificate,
} from '../domain/ledger/checkpoint-certificate.ts'
import { parseHeader } from '../domain/ledger/checkpoint-codec.ts'
import type { CheckpointHeader, SignedCheckpoint } from '../domain/ledger/checkpoint.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { LedgerView } from './ledger-view.ts'

/** Peers learn of a checkpoint at once: their questions to the authorities are spread over this time. */
const SPREAD_MS = 3_000

/** The checkpoints of the whole ledger as this peer follows them. */
export interface Checkpoints {
  readonly newest: Readable<SignedCheckpoint | undefined>
  /** The newest own entry that a checkpoint contains; −1 before the first. */
  checkpointedSeq(): number
  /** Where the own account stands in a checkpoint, as others are shown it; undefined before there is one. */
  standing(): Uint8Array | undefined
  /** Loads what earlier runs knew. */
  start(): Promise<void>
  /** Takes in the newest checkpoint that the authorities have. */
  catchUp(signal?: AbortSignal): Promise<void>
  /** Asks where the own account stands in the newest checkpoint, unless that is known up to its newest entry. */
  locateSelf(signal?: AbortSignal): Promise<void>
  /** Learns when the checkpoint of this height was, unless that is known: an own entry of an earlier run may name it. */
  learnAt(height: number, signal?: AbortSignal): Promise<void>
  /** Takes in a verified checkpoint; true when it is newer than what was known. */
  accept(checkpoint: SignedCheckpoint): Promise<boolean>
  stop(): void
}

/** Creates the follower; `onAdvanced` is called when the own account's place in a checkpoint has advanced. */
export function createCheckpoints(
  components: {
    readonly identity: Pick<Identity, 'peerId'>
    readonly ledgerStore: LedgerStore
    readonly certifier: Pick<Certifier, 'checkpoint' | 'checkpointAt' | 'standing' | 'exclude'>
    readonly view: LedgerView
    readonly clock: Clock
    readonly randomness: Randomness
  },
  options: { readonly onAdvanced: () => void; readonly onFailure: (error: unknown) => void },
): Checkpoints {
  const { identity, ledgerStore, certifier, view, clock, randomness } = components
  const newest = createWritable<SignedCheckpoint | undefined>(undefined)
  const closing = clock.abortable()
  let own: AccountStanding | undefined
  let checkpointedSeq = -1
  let asking = false

  async function accept(checkpoint: SignedCheckpoint): Promise<boolean> {
    const { header } = checkpoint
    if (header.height <= (newest.get()?.header.height ?? 0)) return false
    learn(checkpoint)
    await ledgerStore.putCheckpoint({
      height: header.height,
      headerWire: checkpoint.bytes,
      certificateWire: encodeCheckpointCertificate(checkpoint.certificate),
    })
    return true
  }

  function learn(checkpoint: SignedCheckpoint): void {
    learnHeader(checkpoint.header)
    newest.set(checkpoint)
  }

  function learnHeader(header: CheckpointHeader): void {
    view.learn(header)
    certifier.exclude(view.removals())
  }

  async function locateSelf(signal?: AbortSignal): Promise<void> {
    const head = await ledgerStore.head()
    if (head === undefined || own?.proof.leaf.head === head.head) return
    const standing = await certifier.standing(identity.peerId, signal)
    if (standing === undefined) return
    await accept(standing.checkpoint)
    own = standing
    checkpointedSeq = standing.proof.leaf.seq
    await ledgerStore.putCheckpointedSeq(checkpointedSeq)
    options.onAdvanced()
  }

  /** Some time after a checkpoint, unless the question is on its way already. What fails is tried after the next one. */
  async function locateSelfSoon(): Promise<void> {
    if (asking) return
    asking = true
    try {
      const [share = 0] = randomness.bytes(1)
      await clock.sleep((share / 256) * SPREAD_MS, closing.signal)
      await locateSelf(closing.signal)
    } catch (error) {
      if (!isLoremeshError(error) && !closing.signal.aborted) throw error
    } finally {
      asking = false
    }
  }

  return {
    newest,
    checkpointedSeq: () => checkpointedSeq,
    standing: () => own && encodeStanding(own),
    async start() {
      checkpointedSeq = await ledgerStore.checkpointedSeq()
      const stored = await ledgerStore.newestCheckpoint()
      if (stored === undefined) return
      learn({
        ...parseHeader(stored.headerWire),
        certificate: parseCheckpointCertificate(stored.certificateWire),
      })
    },
    async catchUp(signal) {
      const known = newest.get()
      const place = known && { height: known.header.height, hash: known.hash }
      const chain = await certifier.checkpoint(place, signal)
      if (chain !== undefined) await accept(chain.newest)
    },
    locateSelf,
    async learnAt(height, signal) {
      if (view.lookup().checkpoint(height) !== undefined) return
      const checkpoint = await certifier.checkpointAt(height, signal)
      if (checkpoint !== undefined) learnHeader(checkpoint.header)
    },
    async accept(checkpoint) {
      const isNew = await accept(checkpoint)
      if (isNew) void locateSelfSoon().catch(options.onFailure)
      return isNew
    },
    stop: () => closing.abort(),
  }
}
