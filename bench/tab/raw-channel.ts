/** The rival: a bare RTCDataChannel between the same two tabs, without any protocol on it. */
const CHUNK_BYTES = 16_384
const HIGH_WATER_BYTES = 1_048_576
const LOW_WATER_BYTES = 262_144

/** The asking side of a raw channel. */
export interface RawChannel {
  /** Accepts the other tab's answer; resolves once the channel is open. */
  accept(answer: string): Promise<void>
  /** Milliseconds until so many bytes, asked for with one message, have come and their SHA-256 is known. */
  fetch(bytes: number): Promise<number>
}

/** Makes an offer for the other tab and keeps the channel as `window.rawChannel`. */
export async function createRawChannel(): Promise<string> {
  const connection = new RTCPeerConnection()
  const channel = connection.createDataChannel('raw')
  channel.binaryType = 'arraybuffer'
  await connection.setLocalDescription()
  await gathered(connection)
  window.rawChannel = {
    async accept(answer) {
      await connection.setRemoteDescription({ type: 'answer', sdp: answer })
      if (channel.readyState !== 'open') {
        await new Promise((resolve) => channel.addEventListener('open', resolve, { once: true }))
      }
    },
    fetch: (bytes) => fetchBytes(channel, bytes),
  }
  return connection.localDescription?.sdp ?? ''
}

/** Answers an offer; the channel then sends as many bytes as each message asks for. */
export async function answerRawChannel(offer: string): Promise<string> {
  const connection = new RTCPeerConnection()
  connection.addEventListener('datachannel', ({ channel }) => serve(channel))
  await connection.setRemoteDescription({ type: 'offer', sdp: offer })
  await connection.setLocalDescription()
  await gathered(connection)
  return connection.localDescription?.sdp ?? ''
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (connection.iceGatheringState === 'complete') resolve()
    }
    connection.addEventListener('icegatheringstatechange', check)
    check()
  })
}

function serve(channel: RTCDataChannel): void {
  channel.binaryType = 'arraybuffer'
  channel.bufferedAmountLowThreshold = LOW_WATER_BYTES
  channel.addEventListener(
    'message',
    ({ data }) => void send(channel, new DataView(data as ArrayBuffer).getUint32(0)),
  )
}

async function send(channel: RTCDataChannel, bytes: number): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let sent = 0; sent < bytes; sent += CHUNK_BYTES) {
    if (channel.bufferedAmount > HIGH_WATER_BYTES) {
      await new Promise((resolve) => channel.addEventListener('bufferedamountlow', resolve, { once: true }))
    }
    channel.send(chunk.subarray(0, Math.min(CHUNK_BYTES, bytes - sent)))
  }
}

async function fetchBytes(channel: RTCDataChannel, bytes: number): Promise<number> {
  const received = new Uint8Array(bytes)
  let length = 0
  const started = performance.now()
  const complete = new Promise<void>((resolve) => {
    const take = ({ data }: MessageEvent): void => {
      const chunk = new Uint8Array(data as ArrayBuffer)
      received.set(chunk, length)
      length += chunk.length
      if (length < bytes) return
      channel.removeEventListener('message', take)
      resolve()
    }
    channel.addEventListener('message', take)
  })
  const request = new DataView(new ArrayBuffer(4))
  request.setUint32(0, bytes)
  channel.send(request.buffer)
  await complete
  await crypto.subtle.digest('SHA-256', received)
  return performance.now() - started
}
