import { createHmac } from 'node:crypto'
import type { IceServer } from '../src/protocols/network-info.ts'

/** A week: tabs read them as they start, and some stay open for days. */
const VALID_SECONDS = 7 * 86_400

/**
 * The ICE servers with credentials that end after a week for each TURN server that has none, made with the secret that it
 * shares with this server; coturn calls it `static-auth-secret` (draft-uberti-behave-turn-rest-00). Without a secret they
 * stay as they are.
 */
export function withTurnCredentials(
  iceServers: readonly IceServer[],
  { secret, nowMs }: { readonly secret: string; readonly nowMs: number },
): readonly IceServer[] {
  if (secret === '') return iceServers
  const username = String(Math.floor(nowMs / 1_000) + VALID_SECONDS)
  const credential = createHmac('sha1', secret).update(username).digest('base64')
  return iceServers.map((server) =>
    /^turns?:/.test(server.urls) && server.username === undefined
      ? { ...server, username, credential }
      : server,
  )
}
