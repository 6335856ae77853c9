import { LoremeshError } from '../../domain/kernel/errors.ts'
import { NETWORK_INFO_PATH, parseNetworkInfo, type NetworkInfo } from '../../protocols/network-info.ts'

const MAX_INFO_CHARACTERS = 65_536
const TIMEOUT_MS = 10_000

/** The JSON text in which a server describes its network. Throws `not-connected` when it can't be had. */
export async function fetchNetworkInfoText(server: URL): Promise<string> {
  const address = new URL(NETWORK_INFO_PATH, server)
  try {
    const response = await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (!response.ok) throw new Error(`the server answered ${response.status}`)
    return await response.text()
  } catch (cause) {
    throw new LoremeshError(
      'not-connected',
      `The Loremesh server at ${server.origin} can't be reached (${reasonOf(cause)})`,
      'Check the address and that the server runs',
      { cause },
    )
  }
}

/** Why a request failed; Node and browsers say only "fetch failed", and Node the reason below it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}

/** The description of a network in its JSON text. Throws `bad-input`. */
export function readNetworkInfo(text: string): NetworkInfo {
  if (text.length > MAX_INFO_CHARACTERS) {
    throw new LoremeshError('bad-input', 'The server describes its network at too great length')
  }
  try {
    return parseNetworkInfo(JSON.parse(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new LoremeshError(
      'bad-input',
      'The server does not describe a Loremesh network',
      'Check that the address belongs to a Loremesh server',
    )
  }
}
