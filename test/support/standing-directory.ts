import type { PeerId } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { StandingDirectory } from '../../src/ports/standing-directory.ts'

/** A directory that is never reached. */
export function createNoDirectory(): StandingDirectory {
  const fail = (): Promise<never> =>
    Promise.reject(new LoremeshError('not-connected', 'No server of the DHT'))
  return { publish: fail, find: fail }
}

/** Standings by peer, as anybody left them there; counts what is asked. */
export function createMemoryDirectory(self: PeerId, standings = new Map<PeerId, Uint8Array>()) {
  const asked: PeerId[] = []
  const directory: StandingDirectory = {
    publish(standing) {
      standings.set(self, standing)
      return Promise.resolve()
    },
    find(peerId) {
      asked.push(peerId)
      return Promise.resolve(standings.get(peerId))
    },
  }
  return { directory, standings, asked }
}
