import type { Authority } from '../signaling/authority/authority.ts'
import type { Replication } from '../signaling/authority/replication.ts'
import { authorOf, createLedgerWatch, subjectOf, type LedgerNews } from '../src/domain/gossip/ledger-watch.ts'
import { createGossipShares } from '../src/domain/gossip/shares.ts'
import type { PeerId } from '../src/domain/identity/account.ts'
import { encodeCertificate, type Certificate } from '../src/domain/ledger/certificate.ts'
import type { CheckpointHeader, SignedCheckpoint } from '../src/domain/ledger/checkpoint.ts'
import type { SignedEntry } from '../src/domain/ledger/entry.ts'
import { encodeFraudProof, type FraudProof } from '../src/domain/ledger/fraud-proof.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { Life } from '../test/support/mortal-process.ts'
import type { NodeName } from './virtual-wires.ts'
import type { World } from './world.ts'

/** An authority's part in gossip, as `createAuthorityGossip` does it over libp2p. */
export interface AuthorityTalk {
  tellCertified(signed: SignedEntry, certificate: Certificate): void
  tellFraud(fraud: FraudProof): void
  tellCheckpoint(checkpoint: SignedCheckpoint): void
  /** Begins to listen, with the proofs and the newest checkpoint of earlier runs. */
  start(
    ends: { readonly authority: Authority; readonly replication: Replication; readonly life: Life },
    kept: readonly FraudProof[],
    newest: CheckpointHeader | undefined,
  ): void
}

/** Creates the part of the authority at `node`. */
export function createAuthorityTalk(
  world: World,
  {
    node,
    peerId,
    isHonest,
    clock,
  }: {
    readonly node: NodeName
    readonly peerId: PeerId
    readonly isHonest: boolean
    readonly clock: Clock
  },
): AuthorityTalk {
  const { genesis, verifier, gossip, auditor, forks } = world
  const shares = createGossipShares(clock)
  let ends: Parameters<AuthorityTalk['start']>[0] | undefined
  const watch = createLedgerWatch(
    { genesis, verifier, nowMs: clock.nowMs },
    {
      onCertified({ signed, certificate }) {
        ends?.authority.certify(signed.wire, encodeCertificate(certificate)).catch(() => undefined)
      },
      onFraud(fraud) {
        noteFraud(fraud)
        const { authority, replication } = ends ?? {}
        if (authority === undefined || replication === undefined) return
        replication
          .whenCaughtUp(() => authority.reportFraud(encodeFraudProof(fraud)))
          .catch((error: unknown) => world.log(`${node}: fraud not taken, ${String(error)}`))
      },
    },
  )

  function noteFraud(fraud: FraudProof): void {
    if (fraud.type === 'fork-proof' && isHonest) forks.knows(node, fraud.proof.e1.entry.account)
  }

  async function judge(news: LedgerNews, from: PeerId) {
    if (news.type === 'entry' && isHonest) world.saw(node, news.signed)
    const author = authorOf(news)
    const isAdmitted = author !== undefined && watch.isAdmitted(author)
    const verdict = await shares.run(subjectOf(news), { sender: from, author, isAdmitted }, () =>
      watch.judge(news),
    )
    return verdict ?? 'ignore'
  }

  return {
    tellCertified(signed, certificate) {
      if (isHonest) auditor.recordCertified(signed, certificate)
      watch.note(signed)
      gossip.publish(node, { type: 'entry', signed })
      gossip.publish(node, { type: 'certificate', certificate })
    },
    tellFraud(fraud) {
      watch.recall([fraud])
      noteFraud(fraud)
      gossip.publish(node, fraud)
    },
    tellCheckpoint(checkpoint) {
      watch.recall([], checkpoint.header)
      gossip.publish(node, { type: 'checkpoint', checkpoint })
    },
    start(present, kept, newest) {
      ends = present
      watch.recall(kept, newest)
      kept.forEach(noteFraud)
      gossip.join(node, {
        peerId,
        isFaulty: !isHonest,
        judge: (news, from) => present.life.visit(() => judge(news, from)).catch(() => 'ignore' as const),
      })
    },
  }
}
