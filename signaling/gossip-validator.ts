import { verifyDescriptor } from '../src/domain/content/descriptor-codec.ts'
import { verifyCertificate, type Certificate } from '../src/domain/ledger/certificate.ts'
import { verifyEntry } from '../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../src/domain/ledger/entry.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import { parseDescriptorBatch } from '../src/protocols/descriptors.ts'
import { verdictOnError } from '../src/protocols/gossip.ts'
import { parseLedgerGossip } from '../src/protocols/ledger-gossip.ts'
import type { Authority } from './authority.ts'
import type { GossipValidator, RelayVerdict } from './relay.ts'

/** Difference of two honest clocks beyond which an entry from the future is not spread. */
const MAX_AHEAD_MS = 120_000

/**
 * Judges gossip before the server spreads it, as every peer does: what is malformed or wrongly signed costs its sender
 * score, what can't be judged yet or here is dropped quietly.
 */
export function createGossipValidator(components: {
  readonly authority: Pick<Authority, 'head'>
  readonly genesis: Genesis
  readonly nowMs: () => number
}): GossipValidator {
  const { authority, genesis, nowMs } = components

  function judgeEntry(signed: SignedEntry): RelayVerdict {
    if (signed.entry.timestampMs > nowMs() + MAX_AHEAD_MS) return 'ignore'
    verifyEntry(signed, genesis)
    return 'accept'
  }

  function judgeCertificate(certificate: Certificate): RelayVerdict {
    const { account, seq, entryHash } = certificate
    const known = authority.head(account, seq)?.entries[0]?.signed
    if (known?.hash !== entryHash) return 'ignore'
    verifyCertificate(certificate, known, genesis)
    return 'accept'
  }

  function judge(topic: Parameters<GossipValidator>[0], message: Uint8Array): RelayVerdict {
    if (topic === 'contexts') {
      parseDescriptorBatch(message).forEach(verifyDescriptor)
      return 'accept'
    }
    const gossip = parseLedgerGossip(message)
    return gossip.type === 'entry' ? judgeEntry(gossip.signed) : judgeCertificate(gossip.certificate)
  }

  return (topic, message) => {
    try {
      return judge(topic, message)
    } catch (error) {
      return verdictOnError(error)
    }
  }
}
