/** Adds up how long callers wait for the methods of components. */
export interface Stopwatch {
  /** The same component, whose methods that answer by a promise are timed under this name. */
  timed<Component extends object>(name: string, component: Component): Component
  /** Milliseconds by name so far; calls that overlap count each. */
  spentMs(): Readonly<Record<string, number>>
}

export function createStopwatch(): Stopwatch {
  const spent = new Map<string, number>()

  function add(name: string, startMs: number): void {
    spent.set(name, (spent.get(name) ?? 0) + performance.now() - startMs)
  }

  return {
    timed: (name, component) =>
      new Proxy(component, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key)
          if (typeof value !== 'function') return value
          return (...parameters: readonly unknown[]): unknown => {
            const startMs = performance.now()
            const result: unknown = Reflect.apply(value, target, parameters)
            return result instanceof Promise ? result.finally(() => add(name, startMs)) : result
          }
        },
      }),
    spentMs: () => Object.fromEntries(spent),
  }
}
