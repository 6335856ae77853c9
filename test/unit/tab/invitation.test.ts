import { describe, expect, it, vi } from 'vitest'
import { invitedNetwork } from '../../../src/tab/invitation.ts'
import { isInvitation, takeInvitation } from '../../../src/tab/join-address.ts'
import type { NetworkInfo } from '../../../src/protocols/network-info.ts'
import { authority, genesis } from '../../support/ledger.ts'

const network: NetworkInfo = {
  genesis,
  protocols: [],
  bootstrap: [`/ip4/127.0.0.1/tcp/1/ws/p2p/${authority.peerId}`],
  trackers: [authority.peerId],
  authorities: [],
  iceServers: [],
  allowPrivateAddresses: true,
}

describe('an invitation in the address of the page', () => {
  it('is taken out of it, so that a reload does not follow it again', () => {
    const replaceState = vi.fn<History['replaceState']>()
    expect(takeInvitation({ hash: '#/join/gAEC_-' }, { replaceState })).toBe('gAEC_-')
    expect(replaceState.mock.calls).toEqual([[null, '', '#/ask']])
  })

  it('is none in any other address', () => {
    const replaceState = vi.fn<History['replaceState']>()
    for (const hash of ['', '#/ask', '#/joined/x', '#/library/join']) {
      expect(isInvitation(hash)).toBe(false)
      expect(takeInvitation({ hash }, { replaceState })).toBeUndefined()
    }
    expect(replaceState).not.toHaveBeenCalled()
  })

  it('lets private addresses be dialled from a page of this machine only', () => {
    const allowed = (page: string) =>
      invitedNetwork({ network, peers: [] }, new URL(page)).allowPrivateAddresses
    expect(allowed('http://127.0.0.1:8080')).toBe(true)
    expect(allowed('https://mesh.example.org')).toBe(false)
    expect(allowed('https://localhost.example.org')).toBe(false)
  })
})
