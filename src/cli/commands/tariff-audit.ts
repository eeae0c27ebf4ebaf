import type { Command } from 'commander';
import type { ExitCode, Surroundings } from '../surroundings.ts';
export function addTariffAudit(_tariff: Command, _surroundings: Surroundings, _end: (code: ExitCode) => void): void {}
