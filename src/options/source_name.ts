/** Why a source cannot have this name, which becomes part of URLs; `undefined` if it can. */
export function sourceNameProblem(name: string): string | undefined {
  if (name === "") return "its name is empty";
  if (name === "." || name === "..") return "its name is a dot segment, which URLs resolve";
  if (name.endsWith(".json")) return 'its name ends in ".json", which requests JSON in URLs';
  if (name.includes("/")) return 'its name has a "/"';
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return "its name has a control character";
  return name.isWellFormed() ? undefined : "its name has half of a surrogate pair";
}
