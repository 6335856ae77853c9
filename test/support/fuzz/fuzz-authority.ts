import fc from 'fast-check'
import { withNativeSigning } from '../../../signaling/native-signatures.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { bytesToHexText } from '../../../src/domain/kernel/bytes.ts'
import {
  encodeAgreementMessage,
  type UnsignedStatement,
} from '../../../src/domain/ledger/agreement-message.ts'
import { statementDigest } from '../../../src/domain/ledger/agreement-signature.ts'
import { fraudIdOf, type FraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { networkIdOf } from '../../../src/domain/ledger/genesis.ts'
import {
  encodeAuthorityRequest,
  MAX_AUTHORITY_ANSWER_BYTES,
  MAX_AUTHORITY_REQUEST_BYTES,
} from '../../../src/protocols/authority.ts'
import { encodeLedgerRequest, MAX_LEDGER_REQUEST_BYTES } from '../../../src/protocols/ledger.ts'
import { testIdentity } from '../ledger.ts'
import { mutatedWires } from '../mutations.ts'
import { agreementSamples, type AgreementSamples } from './agreement-kinds.ts'
import { authorityRequests } from './authority-protocol-kinds.ts'
import { cheatingRequests, recruitCheats, type Cheat } from './cheats.ts'
import { createCheckpointChain } from './checkpoint-chain.ts'
import { openFuzzNetwork, type FuzzNetwork } from './fuzz-network.ts'
import { fuzzService, type ServiceReport } from './fuzz-service.ts'
import { tellStory, type FuzzStory } from './fuzz-story.ts'
import { ledgerRequests } from './ledger-requests.ts'
import { ann, bob, cat, people } from './people.ts'

/** A request's body and who sends it. */
interface HostileRequest {
  readonly protocol: 'ledger' | 'authority'
  readonly body: Uint8Array
  readonly from: Identity
}

const stranger = withNativeSigning(testIdentity(99))
/** Accounts of cheats: the first entry of each that is right by chance ends what it can do. */
const CHEATS = 12

/**
 * Sends an authority of a network with a history, and with accounts of people who cheat, so many hostile requests of peers
 * and of another authority. What is certified must not change by any of them, nobody honest may be blamed, and everybody
 * honest can go on afterwards.
 */
export async function fuzzAuthority(options: {
  readonly cases: number
  readonly seed: number
}): Promise<ServiceReport> {
  const network = await openFuzzNetwork()
  try {
    const story = await tellStory(network)
    const cheats = await recruitCheats(network, CHEATS)
    const before = await describe(network, cheats)
    return await fuzzService(
      {
        name: 'authority',
        hostile: hostileRequests(story, cheats),
        async send({ protocol, body, from }) {
          const ask = protocol === 'ledger' ? network.ask : network.askAsAuthority
          const answer = await ask(body, from.peerId)
          if (answer.length > MAX_AUTHORITY_ANSWER_BYTES) throw new Error('The answer is too large')
        },
        async check() {
          if ((await describe(network, cheats)) !== before) throw new Error('The ledger has changed')
          await expectNobodyBlamed(network)
          await network.write(ann, story.next.entry)
          const { conserved } = await network.authority.totals()
          if (!conserved) throw new Error('Tokens came into being or were lost')
        },
      },
      options,
    )
  } finally {
    await network.close()
  }
}

function hostileRequests(story: FuzzStory, cheats: readonly Cheat[]): fc.Arbitrary<HostileRequest> {
  const { network } = story
  const chain = createCheckpointChain(network, people, 1)
  const [checkpoint] = chain.checkpoints
  if (checkpoint === undefined) throw new RangeError('There is no checkpoint')
  const samples = agreementSamples(network, checkpoint)
  const valid = ledgerRequests(story).map(encodeLedgerRequest)
  const between = authorityRequests(samples, chain).map(encodeAuthorityRequest)
  const peers = fc.constantFrom(ann, ...cheats.map(({ identity }) => identity), stranger)
  const authorities = fc.constantFrom(...network.keys, stranger)
  const ofPeers = (bodies: fc.Arbitrary<Uint8Array>): fc.Arbitrary<HostileRequest> =>
    fc.record({ protocol: fc.constant('ledger'), body: bodies, from: peers })
  const ofAuthorities = (bodies: fc.Arbitrary<Uint8Array>): fc.Arbitrary<HostileRequest> =>
    fc.record({ protocol: fc.constant('authority'), body: bodies, from: authorities })
  return fc.oneof(
    { weight: 6, arbitrary: ofPeers(mutatedWires(valid)) },
    { weight: 2, arbitrary: ofPeers(fc.constantFrom(...valid)) },
    { weight: 1, arbitrary: ofPeers(oversized(MAX_LEDGER_REQUEST_BYTES)) },
    {
      weight: 6,
      arbitrary: cheatingRequests(network, cheats).map((request): HostileRequest => ({
        protocol: 'ledger',
        ...request,
      })),
    },
    { weight: 3, arbitrary: ofAuthorities(mutatedWires(between)) },
    { weight: 1, arbitrary: ofAuthorities(oversized(MAX_AUTHORITY_REQUEST_BYTES)) },
    { weight: 3, arbitrary: ofAuthorities(contradictions(network, samples)) },
  )
}

function oversized(limit: number): fc.Arbitrary<Uint8Array> {
  return fc.integer({ min: 1, max: 64 }).map((more) => new Uint8Array(limit + more))
}

/** Statements of the last authority, rightly signed, in whatever round and for whatever value. */
function contradictions(
  { genesis, keys }: FuzzNetwork,
  { prevotes, precommits }: AgreementSamples,
): fc.Arbitrary<Uint8Array> {
  const authority = keys.length - 1
  const key = keys[authority]
  const round = fc.oneof(fc.nat(4), fc.maxSafeNat())
  const valueId = fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHexText))
  return fc
    .record({ statement: fc.constantFrom(...prevotes, ...precommits), round, valueId })
    .map(({ statement: { kind, height }, ...said }) => {
      const unsigned: UnsignedStatement = { kind, height, authority, ...said }
      const signature = key?.sign(statementDigest(networkIdOf(genesis), unsigned)) ?? new Uint8Array(64)
      const messageWire = encodeAgreementMessage({ ...unsigned, signature })
      return encodeAuthorityRequest({ type: 'agreement', messageWire })
    })
}

/** Everything that is certified: sums, and where every account stands. */
async function describe({ authority }: FuzzNetwork, cheats: readonly Cheat[]): Promise<string> {
  const accounts = [...people, ...cheats.map(({ identity }) => identity)].map(({ account }) => account)
  const states = await Promise.all(accounts.map(async (account) => (await authority.head(account, 0)).state))
  const facts = [
    await authority.totals(),
    await authority.header(1),
    ...states.map((state) => state && { ...state, frozen: false }),
  ]
  return JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
}

/** Throws when a fraud is held against anybody who did nothing wrong. */
async function expectNobodyBlamed({ authority, keys }: FuzzNetwork): Promise<void> {
  const frauds = await authority.fraudsOf([ann, bob, cat].map(({ account }) => account))
  const isRight = (fraud: FraudProof): boolean =>
    fraud.type === 'double-vote' && fraud.evidence.authority === keys.length - 1
  const wrong = frauds.find((fraud) => !isRight(fraud))
  if (wrong !== undefined) throw new Error(`Somebody honest is blamed: ${fraudIdOf(wrong)}`)
}
