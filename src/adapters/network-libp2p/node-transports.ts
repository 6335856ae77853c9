import { webSockets } from '@libp2p/websockets'
import { registerWebrtcFix } from './node-webrtc-fix.ts'
import { relayTransport } from './reservations.ts'
import { toRtcIceServers, type CreateTransports } from './transports.ts'

/** A Node peer's transports: the same as a tab's, with WebRTC from node-datachannel. */
export const nodeTransports: CreateTransports = async ({ iceServers, onPeerConnection }) => {
  // Imported only now: the fix has to be in place before the module is loaded.
  registerWebrtcFix()
  const { webRTC } = await import('@libp2p/webrtc')
  const { RTCPeerConnection } = await import('node-datachannel/polyfill')
  return {
    factories: [
      webSockets(),
      relayTransport,
      webRTC({
        // Called for each connection.
        rtcConfiguration() {
          onPeerConnection?.()
          return { iceServers: toRtcIceServers(iceServers) }
        },
      }),
    ],
    webRtc: {
      maxPeerConnections: Infinity,
      collectSoon: () => undefined,
      createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
    },
    defer: setImmediate,
    close: () => Promise.resolve(),
  }
}
