/** The part of AbortSignal that every engine has, declared here because ports and peer compile without DOM or Node types. */
interface AbortSignal {
  readonly aborted: boolean
  throwIfAborted(): void
}
