import { parseArgs } from 'node:util';
import { DATABASES, crash, type Report } from './run.ts';

/** `node test/crash/main.ts --kills 1000 --database both`: kills the adapter over and over, and checks the books. */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    database: { type: 'string', default: 'both' },
    customers: { type: 'string', default: '12' },
    json: { type: 'boolean', default: false },
  },
});

const wholeNumber = (name: 'kills' | 'customers'): number => {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${name} must be a whole number from 1`);
};
const databases = DATABASES.filter((name) => values.database === 'both' || values.database === name);
if (databases.length === 0) throw new Error(`--database must be both, ${DATABASES.join(' or ')}`);

const summary = (report: Report): string =>
  `${report.database}: ${report.kills} kills in ${report.seconds} s (seed ${report.seed}); ` +
  `${report.decisions} decisions, ${report.acknowledged} acknowledged, ${report.acknowledgedLater} of them after a lost answer; ` +
  `${report.accepted} accepted, ${report.refused} refused, ${report.again} sent again; ` +
  `ready in ${report.readyMs.median} ms, ${report.readyMs.most} at most; ` +
  `lost ${report.lost.length}, invented ${report.invented.length}, wrong ${report.wrong.length}`;

const EVERY = 50;
const reports: Report[] = [];
for (const database of databases) {
  const report = await crash({
    kills: wholeNumber('kills'),
    customers: wholeNumber('customers'),
    seed: values.seed,
    waitForLeases: true,
    database,
    onKill: (kills) => {
      if (kills % EVERY === 0) process.stderr.write(`${database}: ${kills} kills\n`);
    },
  });
  reports.push(report);
  const findings = [...report.lost, ...report.invented, ...report.wrong];
  if (!values.json) process.stdout.write([summary(report), ...findings.map((one) => `  ${one}`), ''].join('\n'));
  if (findings.length > 0 || report.exitCode !== 0) process.exitCode = 1;
}
if (values.json) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`);
