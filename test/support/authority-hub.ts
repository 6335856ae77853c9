import type { AuthorityStore } from '../../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../../signaling/authority-store/open-authority-store.ts'
import { createAuthorityService } from '../../signaling/authority-service.ts'
import { createAuthority, type Authority } from '../../signaling/authority/authority.ts'
import type { LedgerTotals } from '../../signaling/authority/ledger-reading.ts'
import { createReplication, type Replication } from '../../signaling/authority/replication.ts'
import { startCheckpoints, type CheckpointService } from '../../signaling/checkpoints/checkpoint-service.ts'
import { createLedgerService } from '../../signaling/ledger-service.ts'
import { withNativeSigning } from '../../signaling/native-signatures.ts'
import {
  createLedgerCertifier,
  type LedgerCertifier,
} from '../../src/adapters/network-libp2p/ledger-certifier.ts'
import { createGenesis } from '../../src/domain/economy/parameters.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import type { LedgerNews } from '../../src/domain/gossip/ledger-watch.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { isLoremeshError, LoremeshError } from '../../src/domain/kernel/errors.ts'
import { encodeFraudProof } from '../../src/domain/ledger/fraud-proof.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import type { ParameterChange } from '../../src/domain/ledger/parameter-change.ts'
import type { HubClock } from './hub-clock.ts'
import { promptVerifier } from './prompt-crypto.ts'

/** What a genesis may have otherwise than usual. */
export type GenesisPart = Partial<Omit<Genesis, 'name' | 'createdAtMs' | 'authorities'>>

export interface HubOptions {
  /** How many authorities. */
  readonly authorities?: number
  /** What the operator of each wishes to have changed. */
  readonly wishes?: readonly (readonly ParameterChange[])[]
}

/** The authorities of a network in one process, with calls in the place of links and databases in memory. */
export interface AuthorityHub {
  readonly genesis: Genesis
  /** In the order of the genesis. */
  readonly authorities: readonly Authority[]
  /** Indexes of those that nobody reaches, and that reach nobody. */
  readonly unreachable: Set<number>
  /** Asks the authorities as this peer; each question is put by `put`. */
  certifierOf(
    identity: Identity,
    put?: (question: () => Promise<Uint8Array>) => Promise<Uint8Array>,
  ): LedgerCertifier
  /** Tells the authorities what peers spread. */
  hear(news: LedgerNews): Promise<void>
  /** The whole ledger as every authority has it; fails when they differ after telling each other everything. */
  totals(): Promise<LedgerTotals>
  close(): Promise<void>
}

interface Member {
  readonly store: AuthorityStore
  readonly authority: Authority
  readonly replication: Replication
  readonly checkpoints: CheckpointService
  readonly answerPeer: (body: Uint8Array, from: PeerId) => Promise<Uint8Array>
  readonly answerAuthority: (body: Uint8Array, from: PeerId) => Promise<Uint8Array>
  stop(): Promise<void>
}

/** Opens so many authorities; `tell` gets what they tell everybody. */
export async function openAuthorityHub(
  { clock, tell }: { readonly clock: HubClock; readonly tell: (news: LedgerNews) => void },
  { authorities = 1, genesisPart = {}, wishes = [] }: HubOptions & { readonly genesisPart?: GenesisPart },
): Promise<AuthorityHub> {
  const identities = Array.from({ length: authorities }, (_, index) =>
    withNativeSigning(createIdentity(new Uint8Array(32).fill(201 + index))),
  )
  const genesis = createGenesis(
    { name: 'test', createdAtMs: clock.nowMs(), authorities: identities.map(({ account }) => account) },
    genesisPart,
  )
  const members: Member[] = []
  const unreachable = new Set<number>()

  /** An authority that can be reached. */
  async function reach(index: number): Promise<Member> {
    clock.stir()
    await Promise.resolve()
    const member = members[index]
    if (member === undefined || unreachable.has(index)) {
      throw new LoremeshError('not-connected', `Authority ${index} can not be reached`)
    }
    return member
  }

  async function openMember(identity: Identity, index: number): Promise<Member> {
    const store = await openAuthorityStore([':memory:'])
    const authority = await createAuthority(
      { store, identity, genesis, verifier: promptVerifier, clock },
      {
        onCertified(signed, certificate) {
          tell({ type: 'entry', signed })
          tell({ type: 'certificate', certificate })
        },
        onFraudProven: tell,
      },
    )
    const ask = async (other: number, body: Uint8Array): Promise<Uint8Array> => {
      if (unreachable.has(index)) throw new LoremeshError('not-connected', 'The others can not be reached')
      return (await reach(other)).answerAuthority(body, identity.peerId)
    }
    const replication = createReplication({ authority, store, genesis, ask, clock })
    const checkpoints = await startCheckpoints(
      {
        store,
        genesis,
        identity,
        authority: index,
        verifier: promptVerifier,
        clock,
        ask,
        wishes: wishes[index] ?? [],
        catchUp: replication.catchUp,
      },
      { onCheckpoint: (checkpoint) => tell({ type: 'checkpoint', checkpoint }), onFraudProven: tell },
    )
    const stopReplication = replication.start()
    return {
      store,
      authority,
      replication,
      checkpoints,
      answerPeer: createLedgerService({ authority, replication, checkpoints }),
      answerAuthority: createAuthorityService({ genesis, authority, agreement: checkpoints }),
      async stop() {
        stopReplication()
        await checkpoints.stop()
      },
    }
  }

  for (const [index, identity] of identities.entries()) members.push(await openMember(identity, index))

  return {
    genesis,
    authorities: members.map(({ authority }) => authority),
    unreachable,
    certifierOf: (identity, put = (question) => question()) =>
      createLedgerCertifier(
        {
          ask: (peerId, body, signal) =>
            put(async () => {
              if (signal?.aborted === true) throw new LoremeshError('aborted', 'It was given up')
              const index = identities.findIndex((authority) => authority.peerId === peerId)
              const answer = await (await reach(index)).answerPeer(body, identity.peerId)
              await reach(index)
              return answer
            }),
          account: identity.account,
          genesis,
          verifier: promptVerifier,
        },
        { authorities: identities.map(({ peerId }) => peerId) },
      ),
    async hear(news) {
      if (news.type !== 'fork-proof' && news.type !== 'double-vote') return
      for (const [index, { authority }] of members.entries()) {
        if (unreachable.has(index)) continue
        await authority.reportFraud(encodeFraudProof(news)).catch((error: unknown) => {
          if (!isLoremeshError(error)) throw error
        })
      }
    },
    async totals() {
      await clock.settled()
      for (const { replication } of members) await replication.catchUp()
      const [first, ...others] = await Promise.all(members.map(({ authority }) => authority.totals()))
      if (first === undefined) throw new Error('There is no authority')
      for (const other of others) {
        if (JSON.stringify(other, asText) !== JSON.stringify(first, asText)) {
          throw new Error('The authorities do not have the same ledger')
        }
      }
      return first
    },
    async close() {
      for (const member of members) await member.stop()
      await clock.settled()
      for (const { store } of members) await store.close()
    },
  }
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
