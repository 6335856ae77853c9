/** Removes from `entries` what ended at `nowMs` or before, in ms since 1970. */
export function dropExpired<K>(entries: Map<K, { readonly expiresAtMs: number }>, nowMs: number): void {
  for (const [key, { expiresAtMs }] of entries) if (expiresAtMs <= nowMs) entries.delete(key)
}
