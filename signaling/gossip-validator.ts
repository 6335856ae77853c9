import { setImmediate } from 'node:timers/promises'
import { signedPartOf } from '../src/domain/content/descriptor-codec.ts'
import { createRateLimiter, type RateLimit } from '../src/domain/kernel/token-bucket.ts'
import { verifyCertificate, type Certificate } from '../src/domain/ledger/certificate.ts'
import { verifyEntry } from '../src/domain/ledger/entry-codec.ts'
import { MAX_AHEAD_MS, type SignedEntry } from '../src/domain/ledger/entry.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import { parseDescriptorBatch } from '../src/protocols/descriptors.ts'
import { verdictOnError } from '../src/protocols/gossip.ts'
import { parseLedgerGossip } from '../src/protocols/ledger-gossip.ts'
import type { Authority } from './authority.ts'
import type { GossipValidator, RelayVerdict } from './relay.ts'
import { isSigned } from './signature-check.ts'

/** Messages of one topic that wait to be judged, 16 MiB at most; what comes beyond them is dropped. */
const MAX_WAITING = 1_000
/** Messages of one peer that are judged: fewer than peers take of a server, so that nobody uses up what is for all. */
const SENDER_RATE: RateLimit = { burst: 256, perSecond: 8 }

type Judge = (message: Uint8Array) => Promise<RelayVerdict>

/**
 * Judges gossip before the server spreads it, as every peer does: what is malformed or wrongly signed costs its sender
 * score, what can't be judged yet or here is dropped quietly, and so is what a peer sends beyond the rate. A flood of messages leaves turns for everything else.
 */
export function createGossipValidator(components: {
  readonly authority: Pick<Authority, 'head'>
  readonly genesis: Genesis
  readonly nowMs: () => number
}): (...message: Parameters<GossipValidator>) => Promise<RelayVerdict> {
  const { authority, genesis, nowMs } = components

  async function judgeDescriptors(message: Uint8Array): Promise<RelayVerdict> {
    for (const descriptor of parseDescriptorBatch(message)) {
      if (!isSigned(signedPartOf(descriptor))) return 'reject'
      await setImmediate()
    }
    return 'accept'
  }

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

  async function judgeLedgerGossip(message: Uint8Array): Promise<RelayVerdict> {
    await setImmediate()
    const gossip = parseLedgerGossip(message)
    return gossip.type === 'entry' ? judgeEntry(gossip.signed) : judgeCertificate(gossip.certificate)
  }

  const judges = { contexts: oneByOne(judgeDescriptors), ledger: oneByOne(judgeLedgerGossip) }
  const limiter = createRateLimiter(SENDER_RATE, nowMs)
  return (topic, message, from) => (limiter.take(from) ? judges[topic](message) : Promise.resolve('ignore'))
}

/** Judges one message after another, so that only one of them has a part in each turn of the event loop. */
function oneByOne(judge: Judge): Judge {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (message) => {
    if (waiting >= MAX_WAITING) return 'ignore'
    waiting++
    const verdict = last.then(() => judge(message)).catch(verdictOnError)
    last = verdict
    try {
      return await verdict
    } finally {
      waiting--
    }
  }
}
