const domain = '^src/domain/'
const pureLibraries = 'node_modules/(@noble|@scure|cborg|minisearch|stemmer)/'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-knows-only-domain',
      comment: 'The domain is pure: no I/O, no framework, no port.',
      severity: 'error',
      from: { path: domain },
      to: { pathNot: [domain, pureLibraries] },
    },
    {
      name: 'domain-kernel-first',
      comment:
        'kernel < identity, content < graph, ledger, reputation < economy, gossip, retrieval, tracker < network < answer',
      severity: 'error',
      from: { path: '^src/domain/kernel/' },
      to: { path: '^src/domain/(?!kernel/)' },
    },
    {
      name: 'domain-identity-content-second',
      severity: 'error',
      from: { path: '^src/domain/(identity|content)/' },
      to: { path: '^src/domain/(graph|ledger|reputation|economy|gossip|retrieval|tracker|network|answer)/' },
    },
    {
      name: 'domain-graph-ledger-reputation-third',
      severity: 'error',
      from: { path: '^src/domain/(graph|ledger|reputation)/' },
      to: { path: '^src/domain/(economy|gossip|retrieval|tracker|network|answer)/' },
    },
    {
      name: 'domain-economy-gossip-retrieval-tracker-fourth',
      severity: 'error',
      from: { path: '^src/domain/(economy|gossip|retrieval|tracker)/' },
      to: { path: '^src/domain/(network|answer)/' },
    },
    {
      name: 'domain-answer-last',
      severity: 'error',
      from: { path: '^src/domain/network/' },
      to: { path: '^src/domain/answer/' },
    },
    {
      name: 'protocols-know-only-domain',
      severity: 'error',
      from: { path: '^src/protocols/' },
      to: { pathNot: [domain, '^src/protocols/', 'node_modules/(@noble|valibot)/'] },
    },
    {
      name: 'ports-know-only-domain',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: [domain, '^src/ports/'] },
    },
    {
      name: 'peer-knows-no-adapter',
      severity: 'error',
      from: { path: '^src/peer/' },
      to: { path: '^src/(adapters|ui|protocols|workers)/|^signaling/|node_modules/' },
    },
    {
      name: 'workers-know-only-domain',
      comment: 'Calls into workers, whichever adapter makes them.',
      severity: 'error',
      from: { path: '^src/workers/' },
      to: { pathNot: [domain, '^src/workers/'] },
    },
    {
      name: 'adapters-stand-alone',
      comment: 'An adapter implements ports; it never imports another adapter, the peer or the UI.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/(peer|ui)/|^src/adapters/(?!$1/)' },
    },
    {
      name: 'ui-speaks-to-the-peer-only',
      severity: 'error',
      from: { path: '^src/ui/' },
      to: { path: '^src/(adapters|protocols|ports|workers)/|node_modules/(libp2p|@libp2p|dexie)/' },
    },
    {
      name: 'headless-knows-no-ui',
      severity: 'error',
      from: { path: '^src/headless' },
      to: { path: '^src/ui/' },
    },
    {
      name: 'signaling-shares-protocols-only',
      severity: 'error',
      from: { path: '^signaling/' },
      to: { path: '^src/(peer|ports|ui|adapters|workers)/' },
    },
    { name: 'src-knows-no-server', severity: 'error', from: { path: '^src/' }, to: { path: '^signaling/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.node.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'browser', 'types'] },
  },
}
