/** Most hits that one peer answers a search with: enough for 50 KB of contexts. */
export const MAX_SEARCH_HITS = 128
