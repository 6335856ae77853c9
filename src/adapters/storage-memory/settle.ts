/** Runs a synchronous step as a promise, so that what it throws becomes a rejection as in every other store. */
export function settle<T>(step: () => T): Promise<T> {
  return new Promise((resolve) => resolve(step()))
}
