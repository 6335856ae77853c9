/** A block of addresses that mostly belong to one operator: an IPv4 /24, or an IPv6 /48. */
export function networkBlockOf(address: string): string {
  const network = clientNetworkOf(address)
  return network.includes(':')
    ? `${network.split(':').slice(0, 3).join(':')}::/48`
    : `${network.split('.').slice(0, 3).join('.')}.0/24`
}

/**
 * The network that a client's requests are counted for: an IPv4 address itself, or the /64 of an IPv6 address, because
 * everybody has that many of these.
 */
export function clientNetworkOf(address: string): string {
  if (!address.includes(':')) return address
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length)
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) while (groups.length < 4) groups.push('0')
  return `${groups.slice(0, 4).join(':')}::/64`
}
