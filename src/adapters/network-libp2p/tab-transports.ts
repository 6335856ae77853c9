import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { collectSoon } from './collect-soon.ts'
import { relayTransport } from './reservations.ts'
import { toRtcIceServers, type CreateTransports } from './transports.ts'

/** Chromium refuses the 501st of a renderer, which may show other pages of this origin as well. */
const MAX_PEER_CONNECTIONS = 400

/**
 * A tab's transports: WebSocket to the relay, WebRTC to peers. The build mends a race in `@libp2p/webrtc` on the way
 * (tools/fix-webrtc-init-channel.ts).
 */
export const tabTransports: CreateTransports = ({ iceServers, onPeerConnection }) =>
  Promise.resolve({
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
      maxPeerConnections: MAX_PEER_CONNECTIONS,
      collectSoon,
      createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
    },
    // Timers of hidden tabs are slow.
    defer: queueMicrotask,
    close: () => Promise.resolve(),
  })
