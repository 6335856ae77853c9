import type { Invitation } from '../protocols/invitation.ts'
import type { NetworkInfo } from '../protocols/network-info.ts'

/**
 * The network that an invitation leads to, for a page from this address. Only a page of this machine takes its word that
 * private addresses may be dialled, which is for development.
 */
export function invitedNetwork({ network }: Invitation, page: URL): NetworkInfo {
  const isOfThisMachine = ['localhost', '127.0.0.1', '[::1]'].includes(page.hostname)
  return { ...network, allowPrivateAddresses: network.allowPrivateAddresses && isOfThisMachine }
}
