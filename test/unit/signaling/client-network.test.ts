import { expect, it } from 'vitest'
import { clientNetworkOf } from '../../../signaling/client-network.ts'

it('counts an IPv4 address by itself, in its IPv6 form too', () => {
  expect(clientNetworkOf('192.0.2.7')).toBe('192.0.2.7')
  expect(clientNetworkOf('::ffff:192.0.2.7')).toBe('192.0.2.7')
})

it('counts IPv6 addresses of one /64 together', () => {
  expect(clientNetworkOf('2001:db8:1:2:aaaa::1')).toBe('2001:db8:1:2::/64')
  expect(clientNetworkOf('2001:db8:1:2:bbbb:cccc:1:2')).toBe('2001:db8:1:2::/64')
  expect(clientNetworkOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
  expect(clientNetworkOf('::1')).toBe('0:0:0:0::/64')
})
