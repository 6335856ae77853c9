import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { bytesEqual } from '../domain/kernel/bytes.ts'
import { parseStanding, verifyStanding } from '../domain/ledger/account-standing.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { Clock } from '../ports/clock.ts'
import type { StandingDirectory } from '../ports/standing-directory.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { LedgerView } from './ledger-view.ts'
import type { ProviderStandings } from './provider-standings.ts'

/** A peer is looked up again after this time; the own standing is left anew as often, for its keepers come and go. */
const RENEW_MS = 600_000
/** Soon enough for others to choose by it after the first checkpoint. */
const PUBLISH_INTERVAL_MS = 60_000
/** Look-ups at the same time; of a provider that is not looked up now it is learnt with the next question. */
const MAX_RUNNING = 4
const MAX_REMEMBERED = 1_000

/** What is known of providers, which grows by what the directory knows of them. */
export interface StandingLookups extends Pick<ProviderStandings, 'of'> {
  /** Leaves the own standing with the directory from now on, until the returned function is called. */
  start(): () => void
}

/**
 * Finds where providers stand before anything was bought from them. A standing counts only when the checkpoint and the
 * path to the provider's own account are right; what is left out or old in the directory changes nothing.
 */
export function createStandingLookups(components: {
  readonly standingDirectory: StandingDirectory
  readonly standings: Pick<ProviderStandings, 'of' | 'learn'>
  readonly checkpoints: Pick<Checkpoints, 'standing'>
  readonly view: Pick<LedgerView, 'removals'>
  readonly genesis: Genesis
  readonly signatureVerifier: SignatureVerifier
  readonly clock: Pick<Clock, 'monotonicMs' | 'every'>
}): StandingLookups {
  const { standingDirectory, standings, checkpoints, view, genesis, signatureVerifier, clock } = components
  const askedAtMs = new Map<PeerId, number>()
  let running = 0
  let published: { readonly standing: Uint8Array; readonly atMs: number } | undefined

  async function lookUp(provider: PeerId): Promise<void> {
    const wire = await standingDirectory.find(provider)
    if (wire === undefined) return
    const account = peerIdToAccount(provider)
    const removals = view.removals()
    standings.learn(await verifyStanding(parseStanding(wire), account, genesis, signatureVerifier, removals))
  }

  function lookUpSoon(provider: PeerId): void {
    const now = clock.monotonicMs()
    const askedAt = askedAtMs.get(provider)
    if (running >= MAX_RUNNING || (askedAt !== undefined && now - askedAt < RENEW_MS)) return
    askedAtMs.delete(provider)
    askedAtMs.set(provider, now)
    const [oldest] = askedAtMs.keys()
    if (askedAtMs.size > MAX_REMEMBERED && oldest !== undefined) askedAtMs.delete(oldest)
    running += 1
    // Nobody waits for it: a provider of whom nothing is found, or something wrong, stays a newcomer.
    lookUp(provider)
      .catch(() => undefined)
      .finally(() => (running -= 1))
  }

  async function publish(): Promise<void> {
    const standing = checkpoints.standing()
    const now = clock.monotonicMs()
    if (standing === undefined) return
    const isLeft =
      published !== undefined && bytesEqual(published.standing, standing) && now - published.atMs < RENEW_MS
    if (isLeft) return
    await standingDirectory.publish(standing)
    published = { standing, atMs: now }
  }

  return {
    of(provider) {
      lookUpSoon(provider)
      return standings.of(provider)
    },
    start: () => clock.every(PUBLISH_INTERVAL_MS, () => void publish().catch(() => undefined)),
  }
}
