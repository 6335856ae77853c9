import type { ConnectionGater } from '@libp2p/interface'

/**
 * Decides who may connect: peers with an Ed25519 key only, and inbound ones only while there is room. With
 * `allowPrivateAddresses` the rule of browsers' libp2p against `ws://` and private addresses is lifted.
 */
export function createGater(options: {
  readonly allowPrivateAddresses: boolean
  readonly hasRoomFor: (peerId: string) => boolean
}): ConnectionGater {
  return {
    ...(options.allowPrivateAddresses ? { denyDialMultiaddr: () => false } : {}),
    denyDialPeer: (peerId) => peerId.type !== 'Ed25519',
    denyInboundEncryptedConnection: (peerId) => peerId.type !== 'Ed25519',
    denyOutboundEncryptedConnection: (peerId) => peerId.type !== 'Ed25519',
    denyInboundUpgradedConnection: (peerId) =>
      peerId.type !== 'Ed25519' || !options.hasRoomFor(peerId.toString()),
  }
}
