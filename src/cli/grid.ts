import { printable, type Paint } from './text.ts';

export interface Column {
  heading: string;
  /** Characters; what is longer is cut. Without it, as long as it is: for the last one. */
  width?: number;
}

/** A table for people whose rows come one by one; headings come with the first row, and none without. */
export function createGrid(columns: readonly Column[], write: (text: string) => void, paint: Paint) {
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ width = 0 }, index) => {
        const cell = printable(cells[index] ?? '');
        const cut = width > 0 && cell.length > width ? `${cell.slice(0, width - 1)}…` : cell;
        return cut.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  let begun = false;
  return {
    row(...cells: string[]): void {
      if (!begun) write(`${paint('dim', line(columns.map(({ heading }) => heading)))}\n`);
      begun = true;
      write(`${line(cells)}\n`);
    },
  };
}
