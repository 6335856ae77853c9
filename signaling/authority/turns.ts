/** Lets tasks of one key begin one after another, and those of different keys side by side. */
export interface Turns {
  /**
   * What `act` gives, which is called with what `prepare` gave. `prepare` runs at once; `act` begins after those of the
   * same key that came before have begun, or have failed to prepare. It does not wait for their ends: what two of them
   * queue for a transaction is done in this order, and may share a commit.
   */
  take<Prepared, Result>(
    key: string,
    prepare: () => Promise<Prepared>,
    act: (prepared: Prepared) => Promise<Result>,
  ): Promise<Result>
}

/** Nobody has a turn yet. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>()

  return {
    async take(key, prepare, act) {
      const before = last.get(key)
      const [prepared] = settled(prepare())
      // Within an object, a promise is not waited for.
      const [acting, begun] = settled(begin())
      last.set(key, begun)

      async function begin() {
        await before
        return { result: act(await prepared) }
      }

      try {
        return await (
          await acting
        ).result
      } finally {
        if (last.get(key) === begun) last.delete(key)
      }
    },
  }
}

/** A promise, whose failure may be looked at later, and one that says only when it is settled. */
function settled<T>(promise: Promise<T>): readonly [Promise<T>, Promise<void>] {
  const end = (): void => undefined
  return [promise, promise.then(end, end)]
}
