import { peerIdToAccount } from '../../../src/domain/identity/account.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { createCertificate } from '../../../src/domain/ledger/certificate.ts'
import type { Certifier } from '../../../src/ports/certifier.ts'
import type { Authority } from '../../../signaling/authority.ts'

/** What the authority says, without a network between. */
export function certifierOf(authority: Authority, identity: Pick<Identity, 'account'>): Certifier {
  const soon = async <T>(answer: () => T): Promise<T> => {
    await Promise.resolve()
    return answer()
  }
  return {
    certify: (signed) => soon(() => createCertificate(signed, [authority.vote(signed.wire)])),
    requestStarterGrant: () => soon(() => authority.starterGrant(identity.account)),
    head: (peerId, sinceSeq) =>
      soon(() => {
        const chain = authority.head(peerIdToAccount(peerId), sinceSeq + 1)
        return chain && { state: chain.state, entries: chain.entries.map(({ signed }) => signed) }
      }),
    payment: (hash) => soon(() => authority.payment(hash)),
  }
}
