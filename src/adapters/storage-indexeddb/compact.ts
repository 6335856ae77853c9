/**
 * The same bytes in a buffer of their own. IndexedDB stores the whole buffer behind a view, so that a vector cut out of a
 * batch would otherwise take the room of the batch.
 */
export function compact<T extends Uint8Array | Int8Array>(view: T): T {
  return view.byteLength === view.buffer.byteLength ? view : (view.slice() as T)
}
