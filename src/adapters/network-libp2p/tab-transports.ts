import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { toRtcIceServers, type CreateTransports } from './transports.ts'

/**
 * A tab's transports: WebSocket to the relay, WebRTC to peers. The build mends a race in `@libp2p/webrtc` on the way
 * (tools/fix-webrtc-init-channel.ts).
 */
export const tabTransports: CreateTransports = ({ iceServers }) =>
  Promise.resolve({
    factories: [
      webSockets(),
      circuitRelayTransport(),
      webRTC({ rtcConfiguration: { iceServers: toRtcIceServers(iceServers) } }),
    ],
    // Timers of hidden tabs are slow.
    defer: queueMicrotask,
    close: () => Promise.resolve(),
  })
