import type { RunningServer } from './server.ts'

const LOOK_MS = 200

/**
 * Tells the operator that the server is ready as soon as it is, and until then where it starts and what it waits for. Gives
 * the function that ends this early.
 */
export function tellReadiness(
  { url, unreadyReason }: Pick<RunningServer, 'url' | 'unreadyReason'>,
  print: (line: string) => void,
): () => void {
  let told: string | undefined

  function look(): void {
    const reason = unreadyReason()
    if (reason === told) return
    told = reason
    if (reason === '') {
      clearInterval(timer)
      print(`Loremesh is ready: ${url.href}`)
    } else {
      print(`Loremesh starts at ${url.href} and is not ready yet. ${reason}.`)
    }
  }

  const timer = setInterval(look, LOOK_MS)
  look()
  return () => clearInterval(timer)
}
