/** Prints what a test measured, so that a run shows the figures and not only that they are within bounds. */
export function printFigures(title: string, figures: Readonly<Record<string, string | number>>): void {
  const list = Object.entries(figures).map(([name, value]) => `${name}: ${value}`).join(", ");
  // deno-lint-ignore no-console -- The figures are meant to be read.
  console.log(`${title}: ${list}`);
}
