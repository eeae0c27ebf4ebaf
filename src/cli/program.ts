import { Command, CommanderError } from 'commander';
import { codeOf } from '../base/failure.ts';
import { addConsents } from './commands/consents.ts';
import { addGrants } from './commands/grants.ts';
import { addKeys } from './commands/keys.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOutbox } from './commands/outbox.ts';
import { addTariffAudit } from './commands/tariff-audit.ts';
import { addTariffCheck } from './commands/tariff-check.ts';
import { EXIT, Refusal, UsageProblem, type ExitCode, type Surroundings } from './surroundings.ts';
import { printable } from './text.ts';

/** Runs one command line (without `node` and the script) and gives its exit code: 0, 1 for no, 2 for wrong usage. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { out, err } = surroundings;
  let ended: ExitCode = EXIT.ok;
  const end = (code: ExitCode) => {
    ended = code;
  };
  const program = new Command('adapter')
    .description("The operator's commands of the provider adapter.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => out.columns,
      getErrHelpWidth: () => err.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError();
  const tariff = program.command('tariff').description('What the tariff endpoint would say, without starting it.');
  addTariffCheck(tariff, surroundings, end);
  addTariffAudit(tariff, surroundings, end);
  for (const add of [addGrants, addConsents, addOutbox, addKeys, addMigrate]) add(program, surroundings, end);

  try {
    await program.parseAsync(argv, { from: 'user' });
    return ended;
  } catch (error) {
    // Commander has already said what is wrong with the options.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof UsageProblem || error instanceof Refusal) {
      err.write(`error: ${printable(error.message)}\n`);
      return error instanceof Refusal ? EXIT.no : EXIT.usage;
    }
    err.write(`failed: ${codeOf(error)}\n`);
    return EXIT.no;
  }
}
