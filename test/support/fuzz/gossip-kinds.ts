import {
  createLedgerWatch,
  type LedgerNews,
  type LedgerSubject,
} from '../../../src/domain/gossip/ledger-watch.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { MAX_GOSSIP_BYTES } from '../../../src/protocols/gossip.ts'
import { encodeLedgerGossip, parseLedgerGossip } from '../../../src/protocols/ledger-gossip.ts'
import type { CheckpointChain } from './checkpoint-chain.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { withFaults } from './proven-verifier.ts'
import { plainKind, type MessageKind } from './message-kind.ts'

/** What is gossiped about the ledger, judged by a watch that knows of nothing yet. */
export function gossipKinds(
  { network, forks, doubleVote }: FuzzStory,
  { checkpoints }: CheckpointChain,
): readonly MessageKind[] {
  const { certified, genesis } = network
  const newestMs = Math.max(...checkpoints.map(({ header }) => header.timeMs))

  const gossip = (subject: LedgerSubject, name: string, news: readonly LedgerNews[]): MessageKind =>
    plainKind(`gossip: ${name}`, MAX_GOSSIP_BYTES, news, {
      encode: encodeLedgerGossip,
      parse: (message) => parseLedgerGossip(message, subject),
      async verify(told, verifier) {
        const faults: unknown[] = []
        const watch = createLedgerWatch(
          { genesis, verifier: withFaults(verifier, faults), nowMs: () => newestMs },
          { onFraud: () => undefined },
        )
        const verdict = await watch.judge(told)
        if (faults.length > 0) throw faults[0]
        if (verdict === 'reject') throw new LoremeshError('bad-signature', 'The news are forged')
      },
    })

  return [
    gossip(
      'ledger',
      'entry',
      certified.map(({ signed }) => ({ type: 'entry', signed })),
    ),
    gossip(
      'ledger',
      'certificate',
      certified.map(({ certificate }) => ({ type: 'certificate', certificate })),
    ),
    gossip(
      'proofs',
      'fork',
      forks.map((proof) => ({ type: 'fork-proof', proof })),
    ),
    gossip('proofs', 'double vote', [{ type: 'double-vote', evidence: doubleVote }]),
    gossip(
      'checkpoints',
      'checkpoint',
      checkpoints.map((checkpoint) => ({ type: 'checkpoint', checkpoint })),
    ),
  ]
}
