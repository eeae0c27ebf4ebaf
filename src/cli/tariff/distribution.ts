/** Values with their weights, and where among them the quarters lie. */
export interface Distribution {
  add(value: number, weight?: number): void;
  /** Values that were really there (nearest rank), not means of neighbours; null when nothing was added. */
  summary(): Quartiles | null;
}

export interface Quartiles {
  min: number;
  lower_quartile: number;
  median: number;
  upper_quartile: number;
  max: number;
}

/** Memory grows with the number of different values only, so that a whole population fits. */
export function createDistribution(): Distribution {
  const weights = new Map<number, number>();
  return {
    add(value, weight = 1) {
      weights.set(value, (weights.get(value) ?? 0) + weight);
    },
    summary() {
      const sorted = [...weights].sort(([left], [right]) => left - right);
      const [lowest] = sorted;
      const highest = sorted.at(-1);
      if (!lowest || !highest) return null;
      const total = sorted.reduce((sum, [, weight]) => sum + weight, 0);
      const at = (share: number): number => {
        let passed = 0;
        const found = sorted.find(([, weight]) => (passed += weight) >= share * total);
        return (found ?? highest)[0];
      };
      return {
        min: lowest[0],
        lower_quartile: at(0.25),
        median: at(0.5),
        upper_quartile: at(0.75),
        max: highest[0],
      };
    },
  };
}
