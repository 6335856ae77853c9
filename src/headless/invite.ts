import { renderUnicodeCompact } from 'uqr'
import type { RunningPeer } from '../peer/create-peer.ts'
import { tell } from './tell.ts'

/** Prints the link by which others join, with a QR code unless a program reads it, and says what whoever follows it depends on. */
export async function printInvitation(peer: RunningPeer, server: URL, json: boolean): Promise<void> {
  const { code, serversLinked, peersListening } = await peer.invite()
  const link = `${server.origin}/#/join/${code}`
  if (json) {
    console.log(JSON.stringify({ link, serversLinked, peersListening }))
    return
  }
  console.log(renderUnicodeCompact(link))
  console.log(link)
  if (peersListening === 0) {
    tell(
      'No peer here listens, so the link leads to nobody while the servers are down. Start one with --listen.',
    )
  }
}
