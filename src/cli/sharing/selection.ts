import type { Command } from 'commander';
import type { GrantSelection } from '../../sharing/selection.ts';
import { UsageProblem } from '../surroundings.ts';

/** How the command line says which grants are meant; everything given must hold. */
export interface SelectionOptions {
  customer?: string;
  account?: string;
  supply?: string;
  recipient?: string;
  all?: boolean;
}

export const withSelection = (command: Command): Command =>
  command
    .option('--customer <sub>', 'of this customer: the subject your identity provider knows them by')
    .option('--account <id>', "of this account of your customer's")
    .option('--supply <id>', 'of this supply')
    .option('--recipient <id>', 'read by this company: its account id at Flatpeak')
    .option('--all', 'all of them');

/** For the help: what is quick, and what is not. */
export const SELECTION_HELP = `
Customers and grants are found by an index. Accounts and supplies are sealed, so every grant is opened to find them
(a million in some tens of seconds); give --customer, too, where you know it.`;

/** Throws UsageProblem when nothing says which grants are meant, or --all beside something else. */
export function selectionOf({ all = false, customer, account, supply, recipient }: SelectionOptions): GrantSelection {
  const selection: GrantSelection = { customer, account, supply, recipient };
  const given = Object.values(selection).some((value) => value !== undefined);
  if (given === all) throw new UsageProblem('say which grants: --customer, --account, --supply, --recipient, or --all');
  return selection;
}
