import type { ConnectionGater, PeerId } from '@libp2p/interface'

/**
 * Decides who may connect: peers with an Ed25519 key that are not cut off, and inbound ones only while there is room. With
 * `allowPrivateAddresses` the rule of browsers' libp2p against `ws://` and private addresses is lifted.
 */
export function createGater(options: {
  readonly allowPrivateAddresses: boolean
  readonly hasRoomFor: (peerId: string) => boolean
  readonly isCutOff: (peerId: string) => boolean
}): ConnectionGater {
  const isDenied = (peerId: PeerId): boolean =>
    peerId.type !== 'Ed25519' || options.isCutOff(peerId.toString())
  return {
    ...(options.allowPrivateAddresses ? { denyDialMultiaddr: () => false } : {}),
    denyDialPeer: isDenied,
    denyInboundEncryptedConnection: isDenied,
    denyOutboundEncryptedConnection: isDenied,
    denyInboundUpgradedConnection: (peerId) => isDenied(peerId) || !options.hasRoomFor(peerId.toString()),
  }
}
