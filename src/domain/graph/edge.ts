/**
 * A relation of the metadata graph: a context is PART_OF a document, a context or document REFERENCES a document or an
 * address, a context is AUTHORED_BY a peer, a document SUPERSEDES an earlier version of it. Nodes are context hashes, document hashes, peer ids or addresses.
 */
export interface Edge {
  readonly from: string
  readonly kind: 'PART_OF' | 'REFERENCES' | 'AUTHORED_BY' | 'SUPERSEDES'
  readonly to: string
}
