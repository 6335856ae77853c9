import type { PeerId } from '../../domain/identity/account.ts'
import { toLoremeshError } from '../../domain/kernel/errors.ts'
import { isFinalRefusal } from '../../domain/ledger/refusal.ts'

/** A request's body that tells an authority of a certified entry. */
type Notice = Uint8Array

/** Tells authorities what became certified, without anybody waiting for it. */
export interface CertificateDelivery {
  /** Tells all of them. Who can't be reached is told again before the next entry, or when `repeatAll` is called. */
  tellAll(notice: Notice): void
  /** Tells an authority what it has missed. What is asked of it afterwards comes after that. */
  repeat(authority: PeerId): void
  /** Tells every authority what it has missed. */
  repeatAll(): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** Notices that are under way to one authority, or wait for the next time. One that misses more asks the others. */
const MAX_NOTICES = 32

/** Delivers by `send`, which fails when the authority does not take the notice. */
export function createCertificateDelivery(
  authorities: readonly PeerId[],
  send: (authority: PeerId, notice: Notice) => Promise<void>,
): CertificateDelivery {
  const underWay = new Set<Promise<void>>()
  const missedBy = new Map<PeerId, Notice[]>(authorities.map((authority) => [authority, []]))
  const load = new Map<PeerId, number>()

  async function deliver(authority: PeerId, notice: Notice): Promise<void> {
    load.set(authority, loadOf(authority) + 1)
    try {
      await send(authority, notice)
    } catch (error) {
      // What is refused for good gets other votes when its owner next compares its chain with what the authorities know.
      if (!isFinalRefusal(toLoremeshError(error).code)) keep(authority, notice)
    } finally {
      load.set(authority, loadOf(authority) - 1)
    }
  }

  function loadOf(authority: PeerId): number {
    return load.get(authority) ?? 0
  }

  function keep(authority: PeerId, notice: Notice): void {
    const missed = missedBy.get(authority) ?? []
    missed.push(notice)
    if (missed.length > MAX_NOTICES) missed.shift()
  }

  function tell(authority: PeerId, notice: Notice): void {
    if (loadOf(authority) >= MAX_NOTICES) {
      keep(authority, notice)
      return
    }
    const delivery = deliver(authority, notice).finally(() => underWay.delete(delivery))
    underWay.add(delivery)
  }

  function repeat(authority: PeerId): void {
    for (const notice of missedBy.get(authority)?.splice(0) ?? []) tell(authority, notice)
  }

  return {
    tellAll(notice) {
      for (const authority of authorities) tell(authority, notice)
    },
    repeat,
    repeatAll: () => authorities.forEach(repeat),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
