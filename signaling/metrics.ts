export interface Metrics {
  /** Counts one more event, with labels in a fixed order of names. */
  count(name: string, labels?: Readonly<Record<string, string>>): void
  /** Everything in the Prometheus text format, with gauges read now. */
  render(): Promise<string>
}

interface Family {
  readonly help: string
  readonly samples: Map<string, number>
}

/** Gauges by name: help and the value now. */
export type Gauges = Readonly<Record<string, { readonly help: string; readonly value: number }>>

/** Counters named in `counters` (name → help), and gauges that are read when rendered. */
export function createMetrics(
  counters: Readonly<Record<string, string>>,
  readGauges: () => Promise<Gauges>,
): Metrics {
  const families = new Map<string, Family>(
    Object.entries(counters).map(([name, help]) => [name, { help, samples: new Map() }]),
  )
  return {
    count(name, labels = {}) {
      const samples = families.get(name)?.samples
      const key = renderLabels(labels)
      samples?.set(key, (samples.get(key) ?? 0) + 1)
    },
    async render() {
      const blocks = [...families].map(([name, { help, samples }]) =>
        renderFamily(name, 'counter', help, samples),
      )
      for (const [name, { help, value }] of Object.entries(await readGauges())) {
        blocks.push(renderFamily(name, 'gauge', help, new Map([['', value]])))
      }
      return blocks.join('')
    },
  }
}

function renderFamily(
  name: string,
  type: string,
  help: string,
  samples: ReadonlyMap<string, number>,
): string {
  const lines = [...samples].map(([labels, value]) => `${name}${labels} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))}"`,
  )
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}
