import { signedPartOf } from '../domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { Verdict } from '../domain/gossip/ledger-watch.ts'
import { MAX_AHEAD_MS } from '../domain/ledger/entry.ts'
import type { Clock } from '../ports/clock.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { Catalogue } from './catalogue.ts'

/** Takes descriptors that came from anywhere into the catalogue, if their authors signed them; none while one is of the future. */
export async function judgeDescriptors(
  descriptors: readonly SignedDescriptor[],
  components: {
    readonly catalogue: Pick<Catalogue, 'add'>
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'nowMs'>
  },
): Promise<Verdict> {
  const { catalogue, signatureVerifier, clock } = components
  const latest = clock.nowMs() + MAX_AHEAD_MS
  if (descriptors.some(({ descriptor }) => descriptor.createdAtMs > latest)) return 'ignore'
  if (!(await signatureVerifier.verify(descriptors.map(signedPartOf)))) return 'reject'
  // What can't be stored here may still be new to others.
  const isNew = await catalogue.add(descriptors).catch(() => true)
  return isNew ? 'accept' : 'ignore'
}
