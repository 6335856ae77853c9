import type { AuthorityStore } from '../../signaling/authority-store/authority-store.ts'
import { createReplication, type Replication } from '../../signaling/authority/replication.ts'
import { createAuthorityService } from '../../signaling/authority-service.ts'
import { createLedgerService } from '../../signaling/ledger-service.ts'
import {
  createLedgerCertifier,
  type LedgerCertifier,
} from '../../src/adapters/network-libp2p/ledger-certifier.ts'
import { accountToPeerId, type PeerId } from '../../src/domain/identity/account.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { createCertificate, encodeCertificate, signVote } from '../../src/domain/ledger/certificate.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import {
  clock,
  openAuthority,
  openStore,
  stateAt,
  verifier,
  type TestAuthority,
  type TestLedger,
} from '../unit/signaling/authority-fixture.ts'
import { firstGrant, genesis, testIdentity } from './ledger.ts'

/** Answers a request of a peer. */
type Answer = (body: Uint8Array, from: PeerId) => Promise<Uint8Array>

/** One authority of a network in memory, which a test may change while it runs. */
export interface Member {
  readonly identity: Identity
  readonly authority: TestAuthority
  readonly replication: Replication
  /** What it does with requests of peers, and of other authorities. */
  answerPeer: Answer
  answerAuthority: Answer
  /** While it is down nobody reaches it, and it reaches nobody; one that hangs never answers. */
  state: 'up' | 'down' | 'hanging'
}

/** Authorities that reach each other, and whom peers reach, without a network between. */
export interface Federation extends TestLedger {
  readonly members: readonly Member[]
  readonly authorities: readonly TestAuthority[]
  certifierOf(identity: Identity): LedgerCertifier
  /** Lets all authorities learn what the others know. */
  synchronize(): Promise<void>
}

/** Opens so many authorities, with stores in memory unless `openStoreOf` says otherwise. */
export async function openFederation(
  count: number,
  openStoreOf: (index: number) => Promise<AuthorityStore> = () => openStore(),
): Promise<Federation> {
  const identities = Array.from({ length: count }, (_, index) => testIdentity(201 + index))
  const network: Genesis = { ...genesis, authorities: identities.map(({ account }) => account) }
  const members: Member[] = []

  async function reach(asked: Member | undefined, asker: Member | undefined): Promise<Member> {
    await Promise.resolve()
    if (asked === undefined || asked.state === 'down' || asker?.state === 'down') {
      throw new LoremeshError('not-connected', 'The authority is down')
    }
    if (asked.state === 'hanging') return new Promise(() => undefined)
    return asked
  }

  async function askPeer(peerId: PeerId, body: Uint8Array, from: Identity): Promise<Uint8Array> {
    const index = identities.findIndex(({ account }) => accountToPeerId(account) === peerId)
    return (await reach(members[index], undefined)).answerPeer(body, from.peerId)
  }

  async function openMember(identity: Identity, index: number): Promise<Member> {
    const authority = await openAuthority({ store: await openStoreOf(index), identity, network })
    const replication = createReplication({
      authority,
      store: authority.store,
      genesis: network,
      ask: async (other, body) => {
        const asked = await reach(members[other], members[index])
        return asked.answerAuthority(body, identity.peerId)
      },
      clock: { nowMs: () => clock.atMs, every: () => () => undefined },
    })
    return {
      identity,
      authority,
      replication,
      answerPeer: createLedgerService({ authority, replication, checkpoints: noCheckpoints }),
      answerAuthority: createAuthorityService({ genesis: network, authority, agreement: noAgreement }),
      state: 'up',
    }
  }

  function certifierOf(identity: Identity): LedgerCertifier {
    return createLedgerCertifier(
      {
        ask: (authority, body) => askPeer(authority, body, identity),
        account: identity.account,
        genesis: network,
        verifier,
      },
      { authorities: identities.map(({ peerId }) => peerId) },
    )
  }

  for (const [index, identity] of identities.entries()) members.push(await openMember(identity, index))
  const authorities = members.map(({ authority }) => authority)
  const anybody = certifierOf(testIdentity(99))

  return {
    genesis: network,
    members,
    authorities,
    certifierOf,
    async submit(signed) {
      await anybody.certify(signed)
      await anybody.delivered()
    },
    async state(identity) {
      const { certified } = await anybody.head(identity.peerId, -1)
      if (certified === undefined) throw new Error('This account is not open')
      return certified.state
    },
    payment: (hash) => anybody.payment(hash),
    grant: (identity) => certifierOf(identity).requestStarterGrant(firstGrant(network)),
    async synchronize() {
      for (const { replication } of members) await replication.catchUp()
    },
  }
}

/** One authority's certified state of an account; fails when it is not open there. */
export function stateAtMember({ authority }: Member, identity: Identity) {
  return stateAt(authority, identity)
}

const noCheckpoints = {
  newest: () => Promise.resolve(undefined),
  standing: () => Promise.resolve(undefined),
  facts: () => Promise.resolve(undefined),
}

const noAgreement = {
  receive: () => Promise.resolve(),
  proposal: () => Promise.resolve(undefined),
  checkpoint: () => Promise.resolve(undefined),
}

/** The authority with an index. */
export function memberAt({ members }: Federation, index: number): Member {
  const member = members[index]
  if (member === undefined) throw new Error(`There is no authority ${index}`)
  return member
}

/** A certificate with the votes of these authorities, honest or not. */
export function certificateOf(federation: Federation, signed: SignedEntry, ...voters: number[]): Uint8Array {
  const votes = voters.map((index) => signVote(memberAt(federation, index).identity, index, signed))
  return encodeCertificate(createCertificate(signed, votes))
}
