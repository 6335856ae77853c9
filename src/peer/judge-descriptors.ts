import { signedPartOf } from '../domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { Verdict } from '../domain/gossip/ledger-watch.ts'
import { MAX_AHEAD_MS } from '../domain/ledger/entry.ts'
import type { Clock } from '../ports/clock.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'

/** Whether to accept descriptors that came from anywhere: all are signed by their authors, and none is of the future. */
export async function judgeDescriptors(
  descriptors: readonly SignedDescriptor[],
  components: {
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'nowMs'>
  },
): Promise<Verdict> {
  const { signatureVerifier, clock } = components
  const latest = clock.nowMs() + MAX_AHEAD_MS
  if (descriptors.some(({ descriptor }) => descriptor.createdAtMs > latest)) return 'ignore'
  return (await signatureVerifier.verify(descriptors.map(signedPartOf))) ? 'accept' : 'reject'
}
