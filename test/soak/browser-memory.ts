import { readFile } from 'node:fs/promises'
import type { Tab } from '../support/tabs.ts'

/**
 * Memory of the whole browser that a tab belongs to, in MB: the proportional set size of all of its processes, which
 * counts what they share once. Linux only.
 */
export async function readBrowserMemoryMB(tab: Tab): Promise<number> {
  const session = await tab.context.browser()?.newBrowserCDPSession()
  if (session === undefined) throw new Error('The tab has no browser any more')
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const sizesKB = await Promise.all(processInfo.map(({ id }) => readProportionalSizeKB(id)))
  return (sizesKB.reduce((sum, size) => sum + size, 0) * 1024) / 1e6
}

/** 0 for a process that has ended meanwhile. */
async function readProportionalSizeKB(processId: number): Promise<number> {
  const rollup = await readFile(`/proc/${processId}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0)
}
