import type { KadDHTInit } from '@libp2p/kad-dht'
import { parsePeerId, peerIdToAccount, type PeerId } from '../../domain/identity/account.ts'
import type { SignatureVerifier } from '../../domain/identity/signature.ts'
import { bytesToText, textToBytes } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { parseStanding, verifyStanding } from '../../domain/ledger/account-standing.ts'
import type { Genesis } from '../../domain/ledger/genesis.ts'
import type { Removals } from '../../domain/ledger/removals.ts'

/** First part of the key of a standing in the DHT. */
const NAMESPACE = 'loremesh-rep'

/** The key under which an account's standing is kept: `/loremesh-rep/<peer id>`. */
export function standingKey(peerId: PeerId): Uint8Array {
  return textToBytes(`/${NAMESPACE}/${peerId}`)
}

/**
 * What the DHT takes for a standing, as a server and as one who asks: nothing but an account's leaf in a final checkpoint,
 * proved, under the account's own key; of several the one of the highest checkpoint. Standings are the only values that
 * this DHT keeps.
 */
export function createStandingRecords(components: {
  readonly genesis: Genesis
  readonly verifier: SignatureVerifier
  readonly removals: () => Removals
}): Required<Pick<KadDHTInit, 'validators' | 'selectors'>> {
  const { genesis, verifier, removals } = components
  return {
    validators: {
      async [NAMESPACE](key, value) {
        const [, , peerId = ''] = bytesToText(key).split('/')
        const account = peerIdToAccount(parsePeerId(peerId))
        await verifyStanding(parseStanding(value), account, genesis, verifier, removals())
      },
      pk: () => {
        throw new LoremeshError('unsupported', 'Only standings are kept')
      },
    },
    selectors: {
      [NAMESPACE]: (_key, values) => {
        const heights = values.map((value) => parseStanding(value).checkpoint.header.height)
        return heights.indexOf(Math.max(...heights))
      },
    },
  }
}
