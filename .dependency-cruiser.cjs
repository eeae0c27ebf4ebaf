/**
 * Arrows between rooms run one way. FLOORS lists the rooms from the top of the house to the ground;
 * a room may import only from floors below its own. See docs/architecture.md.
 */
const FLOORS = [
  ['main', 'cli', 'sandbox'],
  ['process'],
  ['app'],
  ['services'],
  ['lifecycle', 'settings'],
  ['journey', 'connections'],
  ['tariff'],
  ['sharing'],
  ['outbox'],
  ['identity', 'pages'],
  ['flatpeak', 'store', 'web'],
  ['config'],
  ['base'],
];

const pathOf = (room) => `^src/${room}(/|\\.ts$)`;

const upward = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => ({
    name: `${room}-looks-only-down`,
    severity: 'error',
    from: { path: pathOf(room) },
    to: {
      path: FLOORS.slice(0, floor + 1)
        .flat()
        .filter((other) => other !== room)
        .map(pathOf),
    },
  })),
);

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'rules-of-the-journey-are-pure',
      comment: 'The transition table imports no framework and no storage.',
      severity: 'error',
      from: { path: '^src/journey/rules/' },
      to: { path: ['^src/(store|web|identity|flatpeak|outbox|sharing)/', 'node_modules/'] },
    },
    {
      name: 'model-of-the-tariff-is-pure',
      severity: 'error',
      from: { path: '^src/tariff/model/' },
      to: {
        path: ['^src/(store|web|identity|flatpeak|outbox|sharing|config)/', 'node_modules/(?!(zod|decimal\\.js)/)'],
      },
    },
    {
      name: 'sandbox-is-outside',
      comment:
        'The sandbox may use only what the adapter shows to the outside, its pages among it; nothing of the adapter imports it.',
      severity: 'error',
      from: { path: '^src/sandbox/' },
      to: { path: '^src/', pathNot: ['^src/sandbox/', '^src/base/', '^src/tariff/model/', '^src/pages/', '^src/web/'] },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/' }, to: {} },
    {
      name: 'no-development-parts',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/sandbox/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
