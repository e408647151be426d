/**
 * The problem of a release, if any: its tag must be `deno.json`'s version, and CHANGELOG.md must have a section for
 * that version, with a date and at least one entry.
 */
export function releaseProblem(
  tag: string,
  { version, changelog }: { version: string; changelog: string },
): string | undefined {
  if (tag !== `v${version}`) return `deno.json has the version ${version}, so the tag has to be v${version}`;
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`[${version}]`));
  if (section === undefined) return `CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD"`;
  const [heading = "", ...lines] = section.split("\n");
  if (!/^\[\S+\] - \d{4}-\d\d-\d\d$/.test(heading)) {
    return `CHANGELOG.md has no date for ${version}: write "## [${version}] - YYYY-MM-DD"`;
  }
  return lines.some((line) => line.startsWith("- ")) ? undefined : `CHANGELOG.md tells nothing of ${version}`;
}
