/** Runs tasks of one key one after another, and those of different keys side by side. */
export interface Turns {
  take<T>(key: string, task: () => Promise<T>): Promise<T>
}

/** Nobody has a turn yet. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    async take(key, task) {
      const before = last.get(key)
      const turn = before === undefined ? task() : before.then(task, task)
      last.set(key, turn)
      try {
        return await turn
      } finally {
        if (last.get(key) === turn) last.delete(key)
      }
    },
  }
}
