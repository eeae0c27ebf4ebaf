import type { Command } from 'commander';
import type { ExitCode, Surroundings } from '../surroundings.ts';
export function addTariffAudit(tariff: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  void tariff;
  void surroundings;
  void end;
}
