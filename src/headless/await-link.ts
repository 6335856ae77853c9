import type { RunningPeer } from '../peer/create-peer.ts'

/** Known peers are tried within a moment; what is not there after this time is not awaited. */
const PATIENCE_MS = 6_000

/** Waits until another peer is linked, so that a command can ask somebody while no server answers, or for six seconds. */
export async function awaitLink({ network }: Pick<RunningPeer, 'network'>): Promise<void> {
  let stopListening: () => void = () => undefined
  let timer: NodeJS.Timeout | undefined
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS)
    stopListening = network.subscribe(({ links }) => {
      if (links.some(({ isServer }) => !isServer)) resolve()
    })
  })
  clearTimeout(timer)
  stopListening()
}
