import { styleText } from 'node:util';
import type { Environment } from '../config/secrets.ts';
import type { Output } from './surroundings.ts';

/**
 * Text from elsewhere without what a terminal would obey: escape sequences could repaint what was printed before, and
 * marks of direction could turn it round.
 */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '�');

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';
export type Paint = (style: Style, text: string) => string;

/** Colours on a terminal that has them and whose owner wants them (https://no-color.org). */
export function paintFor(output: Output, env: Environment): Paint {
  const colourful = output.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
  return (style, text) => (colourful ? styleText(style, text, { validateStream: false }) : text);
}

/** `label  value` under each other, labels in a column; several values of a label below each other. */
export function table(rows: readonly (readonly [label: string, ...values: string[]])[], paint: Paint): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.flatMap(([label, ...values]) =>
    values.map((value, index) => `  ${paint('dim', (index === 0 ? label : '').padEnd(width))}  ${value}`),
  );
}
