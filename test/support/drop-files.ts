import type { Tab } from './tabs.ts'

/** Drops a file or folder of the disk onto the middle of the page, as the system does. */
export async function dropFiles(tab: Tab, path: string): Promise<void> {
  const session = await tab.context.newCDPSession(tab.page)
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 640, y: 500, data })
  }
  await session.detach()
}
