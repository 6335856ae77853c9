import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LOCAL_GROUP, networkGroupOf } from '../../../../src/domain/network/network-group.ts'

describe('the network of an address', () => {
  it('is the first 16 bits of IPv4 and the first 32 of IPv6, however that is written', () => {
    expect(networkGroupOf('198.51.100.7')).toBe('198.51')
    expect(networkGroupOf('2001:db8::1')).toBe('2001:db8')
    expect(networkGroupOf('2001:0DB8:0:0:0:0:0:1')).toBe('2001:db8')
    expect(networkGroupOf('2001:db8:1:2:3:4:198.51.100.7')).toBe('2001:db8')
  })

  it('is that of the IPv4 address which an IPv6 address carries', () => {
    for (const address of ['::ffff:198.51.100.7', '64:ff9b::198.51.100.7', '2002:c633:6407::1']) {
      expect(networkGroupOf(address)).toBe('198.51')
    }
  })

  it('is one for all that is not in the public internet', () => {
    const local = [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.1.1',
      '100.64.0.1',
      '0.0.0.0',
    ]
    for (const address of [...local, '::1', '::', 'fe80::1%eth0', 'fd00::1', '::ffff:10.0.0.1']) {
      expect(networkGroupOf(address)).toBe(LOCAL_GROUP)
    }
    expect(networkGroupOf('172.32.0.1')).toBe('172.32')
    expect(networkGroupOf('100.128.0.1')).toBe('100.128')
  })

  it('is empty for what is no address', () => {
    const none = ['', 'a1b2.local', '1.2.3', '1.2.3.256', ':', ':::', '1::2::3', '1:2:3:4:5:6:7', 'g::1']
    for (const text of [...none, '1:2:3:4:5:6:7:8::', '1.2.3.4:5::']) expect(networkGroupOf(text)).toBe('')
  })

  it('is the same for all addresses of a network, whatever comes after its prefix', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(255), fc.nat(255), (address, c, d) => {
        const [a, b] = address.split('.')
        return networkGroupOf(address) === networkGroupOf(`${a}.${b}.${c}.${d}`)
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => typeof networkGroupOf(text) === 'string'))
    fc.assert(fc.property(fc.ipV6(), (address) => networkGroupOf(address) !== ''))
  })
})
