import type { SignatureVerifier } from '../../../src/domain/identity/signature.ts'
import { encodeStanding } from '../../../src/domain/ledger/account-standing.ts'
import { agreementKinds, agreementSamples } from './agreement-kinds.ts'
import { applyKinds } from './apply-kinds.ts'
import { authorityProtocolKinds } from './authority-protocol-kinds.ts'
import { createCheckpointChain } from './checkpoint-chain.ts'
import { checkpointKinds } from './checkpoint-kinds.ts'
import { fetchKinds } from './fetch-kinds.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { ann, people } from './people.ts'
import { gossipKinds } from './gossip-kinds.ts'
import { ledgerAnswerKinds } from './ledger-answers.ts'
import { ledgerRequestKinds } from './ledger-requests.ts'
import type { MessageKind } from './message-kind.ts'
import { signedKinds } from './signed-kinds.ts'
import { textKinds } from './text-kinds.ts'
import { createWireChecks, type WireChecks } from './wire-checks.ts'

/** Enough for skip links over several levels. */
const CHECKPOINTS = 13

/** Every kind of message that the ledger's protocols have, with valid ones of each. */
export async function allMessageKinds(story: FuzzStory): Promise<readonly MessageKind[]> {
  const { network } = story
  const chain = createCheckpointChain(network, people, CHECKPOINTS)
  const checkpoint = chain.checkpoints.at(-1)
  const proof = chain.tree.proofOf(ann.account)
  if (checkpoint === undefined || proof === undefined) throw new RangeError('There is no checkpoint')
  const samples = agreementSamples(network, checkpoint)
  const state = await network.state(ann.account)
  const checksBy = (verifier: SignatureVerifier): WireChecks => createWireChecks(story, chain, verifier)
  return [
    ...signedKinds(story),
    ...applyKinds(story),
    ...checkpointKinds(story, chain),
    ...agreementKinds(samples, network.genesis),
    ...ledgerRequestKinds(story, checksBy),
    ...ledgerAnswerKinds(story, chain, state, checksBy),
    ...gossipKinds(story, chain),
    ...authorityProtocolKinds(story, samples, chain, checksBy),
    ...fetchKinds(story, encodeStanding({ checkpoint, proof }), checksBy),
    ...textKinds(story),
  ]
}
