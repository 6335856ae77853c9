/** What the tab sends to its timer worker: start timer `id`, or cancel it when `afterMs` is null. The answer is the id. */
export interface TimerRequest {
  readonly id: number
  readonly afterMs: number | null
}
