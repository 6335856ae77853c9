import type { PeerId } from '../domain/identity/account.ts'

/** A place where peers leave where their accounts stand in a checkpoint, for whoever may buy from them. */
export interface StandingDirectory {
  /** Leaves the own account's standing, as `encodeStanding` gives it. Throws `not-connected` or `unavailable` when nobody keeps it. */
  publish(standing: Uint8Array, signal?: AbortSignal): Promise<void>
  /** The newest standing that was found of a peer's account, not to be believed before it is verified; undefined when there is none. */
  find(peerId: PeerId, signal?: AbortSignal): Promise<Uint8Array | undefined>
}
