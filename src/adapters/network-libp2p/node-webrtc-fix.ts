import { registerHooks } from 'node:module'

const BROKEN_FILE = '@libp2p/webrtc/dist/src/private-to-private/initiate-connection.js'
const FROM = "if (channel.readyState !== 'open') {"
const TO = "onProgress?.(new CustomProgressEvent('webrtc:close-signaling-stream'));"

/**
 * Waits for the channel to have been open or to be gone, closes it, waits until it is closed. Fails as soon as the peer
 * connection does: on one machine libdatachannel now and then checks the other side's certificate before it has stored
 * the fingerprint, and ends the connection.
 */
const MENDED = `
        const until = (...states) => new Promise((resolve, reject) => {
            const check = () => {
                if (states.includes(channel.readyState)) resolve();
                else if (['failed', 'closed'].includes(peerConnection.connectionState)) {
                    reject(new SDPHandshakeFailedError('The peer connection closed'));
                }
            };
            for (const name of ['open', 'closing', 'close']) channel.addEventListener(name, check);
            peerConnection.addEventListener('connectionstatechange', check);
            signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
            check();
        });
        await until('open', 'closing', 'closed');
        channel.close();
        await until('closed');
        `

/** True for the file of `@libp2p/webrtc` that dials; `path` may be a URL and carry a query. */
export function isInitiateConnection(path: string): boolean {
  return path
    .replace(/[?#].*$/, '')
    .replaceAll('\\', '/')
    .endsWith(BROKEN_FILE)
}

/**
 * The dialling code of `@libp2p/webrtc` 6.0.33 without its race: the recipient may close the `init` channel before the
 * initiator saw it open, who then waits for `open` until the dial times out. Throws when the code is no longer the one
 * that this was written for.
 */
export function mendInitiateConnection(code: string): string {
  const from = code.indexOf(FROM)
  const to = code.indexOf(TO)
  if (from < 0 || to < from || code.includes(FROM, from + 1)) {
    throw new Error('@libp2p/webrtc has changed: check whether its init channel still needs mending')
  }
  return code.slice(0, from) + MENDED + code.slice(to)
}

const MAKE_CANDIDATES = 'peerConnection.onicecandidate = ({ candidate }) => {'
const ANSWER_IS_SET = "log.trace('initiator read candidates until connected');"

/**
 * The dialling code with own ICE candidates sent only once the answer is set. Two libdatachannels, unlike a browser,
 * begin DTLS the moment their side of ICE is up: a recipient that has our candidates earlier sends its first flight to
 * nobody, which costs a second, or in the midst of setting the answer, which breaks the connection. Throws when the code
 * is no longer the one that this was written for.
 */
export function holdCandidates(code: string): string {
  for (const anchor of [MAKE_CANDIDATES, ANSWER_IS_SET]) {
    if (code.split(anchor).length !== 2) {
      throw new Error('@libp2p/webrtc has changed: check when it sends its ICE candidates')
    }
  }
  return code
    .replace(
      MAKE_CANDIDATES,
      `const early = [];
        peerConnection.onicecandidate = (event) => early.push(event);
        const sendCandidate = ({ candidate }) => {`,
    )
    .replace(
      ANSWER_IS_SET,
      `peerConnection.onicecandidate = sendCandidate;
        early.forEach(sendCandidate);
        ${ANSWER_IS_SET}`,
    )
}

let registered = false

/** Mends `@libp2p/webrtc` in this Node process; to be called before it is imported for the first time. */
export function registerWebrtcFix(): void {
  if (registered) return
  registered = true
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!isInitiateConnection(url)) return loaded
      const source =
        typeof loaded.source === 'string'
          ? loaded.source
          : new TextDecoder().decode(loaded.source ?? undefined)
      return { ...loaded, source: holdCandidates(mendInitiateConnection(source)) }
    },
  })
}
