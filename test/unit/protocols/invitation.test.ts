import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToBase64url } from '../../../src/domain/kernel/base64url.ts'
import { isLoremeshError } from '../../../src/domain/kernel/errors.ts'
import { networkIdOf } from '../../../src/domain/ledger/genesis.ts'
import {
  encodeInvitation,
  MAX_INVITED_PEERS,
  parseInvitation,
  type Invitation,
} from '../../../src/protocols/invitation.ts'
import { authority, expectRefusal, genesis, testIdentity } from '../../support/ledger.ts'

const server = `/dns4/mesh.example.org/tcp/443/tls/ws/p2p/${authority.peerId}`
const listening = (n: number) => {
  const { peerId } = testIdentity(n)
  return { peerId, addresses: [`/ip4/192.0.2.${n}/tcp/4001/ws/p2p/${peerId}`] }
}
const invitation: Invitation = {
  network: {
    genesis,
    protocols: [],
    bootstrap: [server],
    trackers: [authority.peerId],
    authorities: [server],
    iceServers: [{ urls: 'stun:stun.example.org:3478' }],
    allowPrivateAddresses: false,
  },
  peers: [listening(1), listening(2)],
}

describe('an invitation', () => {
  it('comes out as it went in, alone and at the end of a link', () => {
    const code = encodeInvitation(invitation)
    expect(parseInvitation(code)).toEqual(invitation)
    expect(parseInvitation(`https://mesh.example.org/#/join/${code}\n`)).toEqual(invitation)
    expect(networkIdOf(parseInvitation(code).network.genesis)).toEqual(networkIdOf(genesis))
  })

  it('is short enough for a QR code that a phone reads off a screen', () => {
    expect(encodeInvitation(invitation).length).toBeLessThan(600)
  })

  it('never carries the credentials of a TURN server', () => {
    const turn = { urls: 'turn:turn.example.org', username: 'u', credential: 'secret' }
    const code = encodeInvitation({ ...invitation, network: { ...invitation.network, iceServers: [turn] } })
    expect(parseInvitation(code).network.iceServers).toEqual([])
  })

  it('names few peers, and fewer when their addresses are long', () => {
    const many = Array.from({ length: 20 }, (_, n) => listening(n + 1))
    expect(parseInvitation(encodeInvitation({ ...invitation, peers: many })).peers).toEqual(
      many.slice(0, MAX_INVITED_PEERS),
    )
    const long = many.map(({ peerId }) => ({
      peerId,
      addresses: [`/dns4/${'long.'.repeat(50)}org/tcp/443/wss/p2p/${peerId}`],
    }))
    const { peers } = parseInvitation(encodeInvitation({ ...invitation, peers: long }))
    expect(peers.length).toBeGreaterThan(1)
    expect(peers).toEqual(long.slice(0, peers.length))
  })

  it('that is none is refused with a reason', () => {
    expectRefusal(() => parseInvitation(''), 'bad-encoding')
    expectRefusal(() => parseInvitation('not base64!'), 'bad-encoding')
    expectRefusal(() => parseInvitation('A'.repeat(2_001)), 'message-too-large')
    expectRefusal(() => parseInvitation(bytesToBase64url(Uint8Array.of(0x80))), 'bad-encoding')
  })

  it('of any bytes, and with any byte changed, ends in a typed refusal or in a network', () => {
    const whole = encodeInvitation(invitation)
    const changed = fc
      .tuple(fc.nat(whole.length - 1), fc.constantFrom('A', 'z', '_', '9'))
      .map(([at, letter]) => whole.slice(0, at) + letter + whole.slice(at + 1))
    const random = fc.uint8Array({ maxLength: 200 }).map(bytesToBase64url)
    fc.assert(
      fc.property(fc.oneof(changed, random), (code) => {
        try {
          expect(parseInvitation(code).network.genesis.authorities.length).toBeGreaterThan(0)
        } catch (error) {
          expect(isLoremeshError(error)).toBe(true)
        }
      }),
    )
  })
})
