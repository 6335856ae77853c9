import type { SimNode } from './network-node.ts'

/** The mean of numbers; fails without any. */
export function meanOf(values: readonly number[]): number {
  if (values.length === 0) throw new Error('There is nothing to average')
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Share of these peers that the largest group holds in which links lead from everybody to everybody. */
export function largestShare(nodes: readonly SimNode[]): number {
  const seen = new Set<SimNode>()
  let largest = 0
  for (const start of nodes) {
    if (seen.has(start)) continue
    const group = [start]
    seen.add(start)
    for (const node of group) {
      for (const linked of node.links.keys()) {
        if (seen.has(linked)) continue
        seen.add(linked)
        group.push(linked)
      }
    }
    largest = Math.max(largest, group.length)
  }
  return nodes.length === 0 ? 0 : largest / nodes.length
}

/** Share of all earnings that the best earning share of peers has. */
export function shareOfRichest(nodes: readonly SimNode[], share: number): number {
  const earned = nodes.map((node) => Number(node.earned)).sort((a, b) => b - a)
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const all = sum(earned)
  return all === 0 ? 0 : sum(earned.slice(0, Math.ceil(earned.length * share))) / all
}
