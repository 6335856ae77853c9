/**
 * A relation of the metadata graph: a context is PART_OF a document, a context or document REFERENCES a document or an
 * address, a context is AUTHORED_BY a peer. Nodes are context hashes, document hashes, peer ids or addresses.
 */
export interface Edge {
  readonly from: string
  readonly kind: 'PART_OF' | 'REFERENCES' | 'AUTHORED_BY'
  readonly to: string
}
