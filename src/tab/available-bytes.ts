/** Storage in bytes that the browser still has for this site; infinite where it doesn't say. */
export async function availableBytes(storage: Pick<StorageManager, 'estimate'>): Promise<number> {
  try {
    const { quota = Infinity, usage = 0 } = await storage.estimate()
    return Math.max(0, quota - usage)
  } catch {
    return Infinity
  }
}
