import type { PeerInvitation } from '../../../peer/peer.ts'

/** For whom an invitation works, in a sentence or two. */
export function describeInvitation({
  serversLinked,
  peersListening,
}: Pick<PeerInvitation, 'serversLinked' | 'peersListening'>): string {
  const peers = peersListening === 1 ? '1 peer that listens' : `${peersListening} peers that listen`
  if (serversLinked > 0 && peersListening > 0) {
    return `It works now, and while every server is down: it names ${peers} for connections.`
  }
  if (peersListening > 0) return `No server answers, but it names ${peers} for connections.`
  const remedy = 'A peer without a browser that was started with --listen changes that.'
  return serversLinked > 0
    ? `It works as long as the server is up: no peer that is linked here listens for itself. ${remedy}`
    : `It leads to nobody at the moment: no server answers, and no peer that is linked here listens for itself. ${remedy}`
}
