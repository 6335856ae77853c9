/** The group of addresses that are not in the public internet. */
export const LOCAL_GROUP = 'local'

/**
 * The network of an IP address, as far as one operator most often holds all of it: the first 16 bits of IPv4, as `192.0`,
 * the first 32 bits of IPv6, as `2001:db8`, `local` for private, shared and loopback addresses, and an empty text for what
 * is no address, such as an mDNS name. An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4) is in the group
 * of that one, for whoever has one IPv4 address has 2^80 such. (Bitcoin Core groups peers likewise.)
 */
export function networkGroupOf(address: string): string {
  const v4 = parseIpv4(address)
  if (v4 !== undefined) return groupOfIpv4(v4)
  const v6 = parseIpv6(address)
  return v6 === undefined ? '' : groupOfIpv6(v6)
}

function groupOfIpv4([a = 0, b = 0]: readonly number[]): string {
  const isLocal =
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168)
  return isLocal ? LOCAL_GROUP : `${a}.${b}`
}

function groupOfIpv6(groups: readonly number[]): string {
  const [a = 0, b = 0, c = 0] = groups
  const startsWithZeros = groups.slice(0, 5).every((group) => group === 0)
  if (startsWithZeros && groups[5] === 0xffff) return groupOfIpv4(bytesOf(groups.slice(6)))
  if (a === 0x64 && b === 0xff9b) return groupOfIpv4(bytesOf(groups.slice(6)))
  if (a === 0x2002) return groupOfIpv4(bytesOf([b, c]))
  const isLocal = startsWithZeros || (a & 0xfe00) === 0xfc00 || (a & 0xffc0) === 0xfe80
  return isLocal ? LOCAL_GROUP : `${a.toString(16)}:${b.toString(16)}`
}

function bytesOf(groups: readonly number[]): readonly number[] {
  return groups.flatMap((group) => [group >> 8, group & 0xff])
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)
  return isAddress ? parts.map(Number) : undefined
}

/** The eight groups of an IPv6 address, which may end in an IPv4 address and name an interface after `%`. */
function parseIpv6(text: string): readonly number[] | undefined {
  const [address = ''] = text.split('%')
  const halves = address.split('::')
  if (!address.includes(':') || halves.length > 2) return undefined
  const [head, tail] = halves.map(parseGroups)
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  return [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])]
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === '') return []
  const groups = text.split(':').flatMap((part, at, parts): (number | undefined)[] => {
    const v4 = at === parts.length - 1 ? parseIpv4(part) : undefined
    if (v4 !== undefined) return [(v4[0] ?? 0) * 256 + (v4[1] ?? 0), (v4[2] ?? 0) * 256 + (v4[3] ?? 0)]
    return [/^[\da-f]{1,4}$/i.test(part) ? Number.parseInt(part, 16) : undefined]
  })
  return groups.every((group) => group !== undefined) ? groups : undefined
}
