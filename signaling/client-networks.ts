/**
 * Where the WebSockets come from that are passed on to the relay, which sees all of them come from this machine: by the
 * port of this machine from which they are passed on.
 */
export interface ClientNetworks {
  note(localPort: number, address: string): void
  forget(localPort: number): void
  /** The client's address; undefined for what did not come through the proxy. */
  addressAt(localPort: number): string | undefined
}

/** Knows of none yet. */
export function createClientNetworks(): ClientNetworks {
  const addresses = new Map<number, string>()
  return {
    note: (localPort, address) => void addresses.set(localPort, address),
    forget: (localPort) => void addresses.delete(localPort),
    addressAt: (localPort) => addresses.get(localPort),
  }
}
