import type { Account } from '../../domain/identity/account.ts'
import type { SignatureVerifier } from '../../domain/identity/signature.ts'
import { bytesEqual } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { parseAccountProof, verifyAccountProof } from '../../domain/ledger/account-proof.ts'
import { parseCheckpointCertificate, verifyCheckpoint } from '../../domain/ledger/checkpoint-certificate.ts'
import { parseHeader } from '../../domain/ledger/checkpoint-codec.ts'
import type { SignedCheckpoint } from '../../domain/ledger/checkpoint.ts'
import type { Genesis } from '../../domain/ledger/genesis.ts'
import type { Removals } from '../../domain/ledger/removals.ts'
import { verifySkipChain, type CheckpointPlace } from '../../domain/ledger/skip-links.ts'
import type { Certifier } from '../../ports/certifier.ts'
import type { CheckpointAnswer, HeaderAnswer, StandingAnswer } from '../../protocols/ledger-replies.ts'
import { bestAnswer, type QuorumSizes } from './authority-answers.ts'

/** One authority's answer about the newest checkpoint. */
export interface NewestAnswer {
  readonly newest: HeaderAnswer | undefined
  /** The same with the headers that link it to another one: so many that they are asked of one authority only. */
  readonly linkedTo: (height: number) => Promise<CheckpointAnswer | undefined>
}

/**
 * The newest checkpoint among a quorum's answers, whose certificate shows that it is right; `removals` gives those of the
 * newest one known before.
 */
export function createCheckpointReader(
  {
    genesis,
    verifier,
    removals,
  }: {
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
    readonly removals: () => Removals
  },
  sizes: QuorumSizes,
) {
  async function verified({ header, certificate }: HeaderAnswer): Promise<SignedCheckpoint> {
    const checkpoint = { ...parseHeader(header), certificate: parseCheckpointCertificate(certificate) }
    await verifyCheckpoint(checkpoint, genesis, verifier, removals())
    return checkpoint
  }

  return {
    /** The newest checkpoint, linked with the one that is known unless that is as new. */
    newest(
      known: CheckpointPlace | undefined,
      answers: readonly Promise<NewestAnswer>[],
    ): ReturnType<Certifier['checkpoint']> {
      return bestAnswer(
        answers,
        sizes,
        ({ newest }) => heightOf(newest),
        async ({ newest, linkedTo }) => {
          if (newest === undefined) return undefined
          const checkpoint = await verified(newest)
          const { height } = checkpoint.header
          if (known === undefined || height <= known.height) return { newest: checkpoint, between: [] }
          const linked = await linkedTo(known.height)
          if (linked === undefined || heightOf(linked) < height) {
            throw new LoremeshError('bad-checkpoint', 'It has an older checkpoint than it said')
          }
          const between = linked.olderHeaders.map(parseHeader)
          const chain = { newest: await verified(linked), between }
          verifySkipChain([chain.newest, ...between], known)
          return chain
        },
      )
    },

    /** The checkpoint of a height; undefined when none of the answers has it. */
    at(
      height: number,
      answers: readonly Promise<HeaderAnswer | undefined>[],
    ): ReturnType<Certifier['checkpointAt']> {
      return bestAnswer(answers, sizes, heightOf, async (best) => {
        if (best === undefined) return undefined
        const checkpoint = await verified(best)
        if (checkpoint.header.height === height) return checkpoint
        throw new LoremeshError('bad-checkpoint', 'The checkpoint is another one')
      })
    },

    /** An account in the newest checkpoint. */
    standing(
      account: Account,
      answers: readonly Promise<StandingAnswer | undefined>[],
    ): ReturnType<Certifier['standing']> {
      return bestAnswer(answers, sizes, heightOf, async (best) => {
        if (best === undefined) return undefined
        const checkpoint = await verified(best)
        const proof = parseAccountProof(best.proof)
        if (!bytesEqual(proof.leaf.account, account)) {
          throw new LoremeshError('bad-proof', 'The proof is about another account')
        }
        verifyAccountProof(proof, checkpoint.header)
        return { checkpoint, proof }
      })
    },
  }
}

/** The height that an answer is said to be about; −1 for none. */
function heightOf(answer: { readonly header: Uint8Array } | undefined): number {
  if (answer === undefined) return -1
  try {
    return parseHeader(answer.header).header.height
  } catch {
    return -1
  }
}
