import { isLoremeshError } from '../src/domain/kernel/errors.ts'
import { parseEntry } from '../src/domain/ledger/entry-codec.ts'
import { isSpend, type SignedEntry } from '../src/domain/ledger/entry.ts'
import { parseLedgerRequest } from '../src/protocols/ledger.ts'

/** What somebody heard who listened on the wires to authorities: enough to repeat it in another form. */
export interface HeardRequests {
  add(body: Uint8Array): void
  newest(): Uint8Array | undefined
  /** The newest spend that was to be certified, if it was heard lately. */
  newestSpend(): SignedEntry | undefined
}

const REMEMBERED = 64

/** Has heard nothing yet. */
export function createHeardRequests(): HeardRequests {
  /** Newest first. */
  const bodies: Uint8Array[] = []
  return {
    add(body) {
      bodies.unshift(body)
      if (bodies.length > REMEMBERED) bodies.pop()
    },
    newest: () => bodies[0],
    newestSpend() {
      for (const body of bodies) {
        const signed = entryOf(body)
        if (signed !== undefined && isSpend(signed.entry)) return signed
      }
      return undefined
    },
  }
}

function entryOf(body: Uint8Array): SignedEntry | undefined {
  try {
    const request = parseLedgerRequest(body)
    return request.type === 'vote' ? parseEntry(request.entryWire) : undefined
  } catch (error) {
    if (isLoremeshError(error)) return undefined
    throw error
  }
}
