import type { ModelState } from '../../../peer/model-states.ts'
import { formatBytes, formatCount } from '../../format.ts'

/** How far a model is, in words. */
export function describePhase(state: ModelState): string {
  const { origin, phase, storedBytes, sizeBytes, embedded, toEmbed } = state
  switch (phase) {
    case 'absent':
      return 'Not downloaded'
    case 'partial':
      return `${formatBytes(storedBytes)} of ${formatBytes(sizeBytes)} downloaded`
    case 'downloading':
      return sizeBytes === 0
        ? 'Asking for it …'
        : `Downloading ${formatBytes(storedBytes)} of ${formatBytes(sizeBytes)}`
    case 'ready':
      return 'Ready'
    case 'loading':
      return 'Loading …'
    case 'embedding':
      return `Embedding ${formatCount(embedded)} of ${formatCount(toEmbed)}`
    case 'active':
      return origin === 'built-in' ? 'Always active' : 'Active'
  }
}

/** How far what runs is, from 0 to 1; undefined while nothing is under way that can be measured. */
export function shareDone({
  phase,
  storedBytes,
  sizeBytes,
  embedded,
  toEmbed,
}: ModelState): number | undefined {
  if (phase === 'downloading' && sizeBytes > 0) return storedBytes / sizeBytes
  if (phase === 'embedding' && toEmbed > 0) return embedded / toEmbed
  return undefined
}

/** Size, dimensions and what computes it. */
export function describeModel({ origin, sizeBytes, dimensions, maxTokens, device }: ModelState): string {
  const from = origin === 'hub' ? 'from the hub' : 'from this app'
  const parts = [
    ...(sizeBytes > 0 ? [`${formatBytes(sizeBytes)} ${from}`] : []),
    ...(dimensions > 0 ? [`${formatCount(dimensions)} dimensions`] : []),
    ...(maxTokens > 0 ? [`first ${formatCount(maxTokens)} tokens of a passage`] : []),
    ...(device === null ? [] : [`computed with ${device === 'webgpu' ? 'WebGPU' : 'WebAssembly'}`]),
  ]
  return parts.join(' · ')
}
