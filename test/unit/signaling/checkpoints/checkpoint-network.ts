import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { openAuthorityStore } from '../../../../signaling/authority-store/open-authority-store.ts'
import { parseObjection } from '../../../../signaling/checkpoints/objection.ts'
import { headerFormat } from '../../../../signaling/checkpoints/proposal.ts'
import { parseWish } from '../../../../signaling/checkpoints/wishes.ts'
import { withNativeSigning } from '../../../../signaling/native-signatures.ts'
import { createGenesis } from '../../../../src/domain/economy/parameters.ts'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import type { SignatureVerifier, SignedMessage } from '../../../../src/domain/identity/signature.ts'
import { bytesToBase64url } from '../../../../src/domain/kernel/base64url.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type {
  CheckpointHash,
  CheckpointHeader,
  SignedCheckpoint,
} from '../../../../src/domain/ledger/checkpoint.ts'
import { parseAgreementMessage } from '../../../../src/domain/ledger/agreement-message.ts'
import { parseFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../../../src/domain/ledger/fact.ts'
import type { Genesis } from '../../../../src/domain/ledger/genesis.ts'
import { contentOf, placeOf } from '../../../support/agreement-network.ts'
import type { ParameterChange } from '../../../../src/domain/ledger/parameter-change.ts'
import { parseAuthorityRequest } from '../../../../src/protocols/authority.ts'
import { START_MS, testIdentity } from '../../../support/ledger.ts'
import type { Dice } from '../../../support/virtual-time.ts'
import { createSimulatedAuthority, type SimulatedAuthority } from './simulated-authority.ts'
import type { Traitor } from './checkpoint-traitor.ts'
import { createSimulatedClock, type SimulatedClock } from './simulated-clock.ts'

/** The authorities of a network between which messages take a while, and get lost when it says so. */
export interface CheckpointNetwork {
  readonly genesis: Genesis
  readonly clock: SimulatedClock
  readonly identities: readonly Identity[]
  readonly authorities: readonly SimulatedAuthority[]
  /** Headers of the final checkpoints that any authority reported, by height. */
  readonly headers: ReadonlyMap<number, CheckpointHeader>
  readonly facts: readonly { readonly height: number; readonly fact: Fact }[]
  /** What should never be. */
  readonly failures: readonly string[]
  /** Codes and messages of what authorities reported, counted. */
  readonly problems: ReadonlyMap<string, number>
  /** Puts each authority on a side; messages pass only within a side. */
  split(sides: readonly number[]): void
  setLoss(rate: number): void
  /** How likely an authority crashes after any of its transactions. */
  setCrashes(rate: number): void
  /** Lets an authority cheat. */
  corrupt(index: number, traitor: Traitor): void
  /** What the operator of an authority wishes from its next start on. */
  wish(index: number, changes: readonly ParameterChange[]): void
  fail(failure: string): void
}

/** OpenSSL's, and at once, so that the same seed gives the same simulation. */
const nativeVerifier: SignatureVerifier = {
  verify: (messages) => Promise.resolve(messages.every(isSigned)),
}

const keys = new Map<string, KeyObject>()

function isSigned({ account, message, signature }: SignedMessage): boolean {
  const x = bytesToBase64url(account)
  const key = keys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  keys.set(x, key)
  return verify(null, message, key, signature)
}

/** Authorities of which none runs yet. */
export async function createCheckpointNetwork({
  dice,
  authorities: count = 4,
  shards = 1,
  overrides = {},
}: {
  readonly dice: Dice
  readonly authorities?: number
  readonly shards?: number
  readonly overrides?: Parameters<typeof createGenesis>[1]
}): Promise<CheckpointNetwork> {
  const clock = createSimulatedClock(START_MS + 1_000)
  const identities = Array.from({ length: count }, (_, index) => withNativeSigning(testIdentity(200 + index)))
  const genesis = createGenesis(
    { name: 'checkpoints', createdAtMs: START_MS, authorities: identities.map(({ account }) => account) },
    { paymentWindowMs: 20_000, checkpointIntervalMs: 10_000, ...overrides },
  )
  const hashes = new Map<number, CheckpointHash>()
  const headers = new Map<number, CheckpointHeader>()
  const wishes = new Map<number, readonly ParameterChange[]>()
  const facts: { height: number; fact: Fact }[] = []
  const failures: string[] = []
  const problems = new Map<string, number>()
  const stated = new Map<string, string>()
  const traitors = new Map<number, Traitor>()
  let sides: readonly number[] = identities.map(() => 0)
  let loss = 0
  let crashRate = 0

  async function ask(from: number, to: number, body: Uint8Array): Promise<Uint8Array> {
    const target = authorities[to]
    const sender = identities[from]
    const traitor = traitors.get(from)
    if (traitor === undefined) checkHonesty(from, body)
    const sent = traitor === undefined ? body : await traitor.send(to, body)
    await clock.sleep(dice.between(5, 60))
    const isLost = sides[from] !== sides[to] || dice.chance(loss)
    if (isLost || target === undefined || sender === undefined || sent === undefined) {
      await clock.sleep(2_000)
      throw new LoremeshError('not-connected', 'The authority could not be reached')
    }
    const answer = traitors.get(to)?.answer(sent) ?? (await target.answer(sent, sender.peerId))
    await clock.sleep(dice.between(5, 60))
    return answer
  }

  /** An honest authority states one thing in one place, whatever it forgot in a crash. */
  function checkHonesty(authority: number, body: Uint8Array): void {
    const request = parseAuthorityRequest(body)
    if (request.type !== 'agreement') return
    const { messageWire } = request
    if ((parseObjection(messageWire) ?? parseWish(messageWire)) !== undefined) return
    const message = parseAgreementMessage(messageWire, headerFormat)
    // They pass on each other's precommits, too.
    if (message.kind === 'polka' || message.authority !== authority) return
    const place = `${message.height} ${placeOf(message)}`
    const content = contentOf(message)
    if ((stated.get(place) ?? content) !== content) {
      failures.push(`authority ${authority} contradicted itself at ${place}`)
    }
    stated.set(place, content)
  }

  async function report(index: number, checkpoint: SignedCheckpoint): Promise<void> {
    const { header, hash } = checkpoint
    const earlier = hashes.get(header.height)
    if (earlier !== undefined && earlier !== hash) failures.push(`two checkpoints at ${header.height}`)
    if (earlier !== undefined) return
    hashes.set(header.height, hash)
    headers.set(header.height, header)
    const stored = await authorities[index]?.store.home.transaction((home) => home.checkpoint(header.height))
    if (stored === undefined) failures.push(`checkpoint ${header.height} is not stored`)
    else for (const fact of parseFacts(stored.facts)) facts.push({ height: header.height, fact })
  }

  const authorities = await Promise.all(
    identities.map(async (identity, index) =>
      createSimulatedAuthority(index, {
        identity,
        store: await openAuthorityStore(Array.from({ length: shards }, () => ':memory:')),
        genesis,
        verifier: nativeVerifier,
        clock,
        dice,
        wishes: () => wishes.get(index) ?? [],
        crashRate: () => crashRate,
        ask: (to, body) => ask(index, to, body),
        onCheckpoint: (checkpoint) => void clock.track(report(index, checkpoint)),
        onProblem: ({ code, message }) => {
          const problem = `${code}: ${message}`
          problems.set(problem, (problems.get(problem) ?? 0) + 1)
        },
      }),
    ),
  )

  return {
    genesis,
    clock,
    identities,
    authorities,
    headers,
    facts,
    failures,
    problems,
    split: (next) => {
      sides = next
    },
    setLoss: (rate) => {
      loss = rate
    },
    setCrashes: (rate) => {
      crashRate = rate
    },
    corrupt: (index, traitor) => {
      traitors.set(index, traitor)
    },
    wish: (index, changes) => {
      wishes.set(index, changes)
    },
    fail: (failure) => {
      failures.push(failure)
    },
  }
}
