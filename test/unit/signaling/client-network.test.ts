import { expect, it } from 'vitest'
import { clientNetworkOf, networkBlockOf } from '../../../signaling/client-network.ts'

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

it('counts addresses together that mostly belong to one operator', () => {
  expect(['192.0.2.7', '::ffff:192.0.2.9'].map(networkBlockOf)).toEqual(['192.0.2.0/24', '192.0.2.0/24'])
  expect(['2001:db8:1:2::1', '2001:db8:1:ffff::'].map(networkBlockOf)).toEqual([
    '2001:db8:1::/48',
    '2001:db8:1::/48',
  ])
})
