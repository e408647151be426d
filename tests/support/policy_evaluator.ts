/** What is asked of an IAM policy. */
export interface Access {
  /** E.g. `"s3:GetObject"`. */
  readonly action: string;
  /** ARN of the object or the bucket. */
  readonly resource: string;
  /** The request's `prefix` parameter, as `s3:prefix`; absent if it has none. */
  readonly prefix?: string;
}

/**
 * Evaluates a policy as IAM documents it, for as much of the language as a session policy needs: what it does not know
 * is an error, so that a policy cannot pass by what is ignored.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function allows(policyJson: string, { action, resource, prefix }: Access): boolean {
  const { Version, Statement, ...others } = JSON.parse(policyJson);
  if (Version !== "2012-10-17" || Object.keys(others).length > 0) throw new Error("not a policy of 2012-10-17");
  return Statement.some(({ Effect, Action, Resource, Condition = {}, ...others }: Record<string, unknown>) => {
    if (Effect !== "Allow" || Object.keys(others).length > 0) throw new Error("a statement that is not understood");
    return list(Action).some((pattern) => globMatches(pattern.toLowerCase(), action.toLowerCase())) &&
      list(Resource).some((pattern) => globMatches(pattern, resource)) &&
      Object.entries(Condition as Record<string, Record<string, unknown>>).every(([operator, keys]) =>
        Object.entries(keys).every(([key, patterns]) => {
          if (operator !== "StringLike" || key !== "s3:prefix") throw new Error("a condition that is not understood");
          // A key that is not in the request fails every operator without `IfExists`.
          return prefix !== undefined && list(patterns).some((pattern) => globMatches(pattern, prefix));
        })
      );
  });
}

/** `*` is anything, `?` one character; `${*}`, `${?}` and `${$}` are the bare characters. Case matters. */
function globMatches(pattern: string, text: string): boolean {
  const tokens: string[] = pattern.match(/\$\{[*?$]\}|\$\{|[^]/gu) ?? [];
  if (tokens.includes("${")) throw new Error("a policy variable that is not understood");
  let states = new Set([0]);
  const skipStars = (from: Iterable<number>) => {
    const reached = new Set<number>();
    for (let state of from) {
      reached.add(state);
      while (tokens[state] === "*") reached.add(++state);
    }
    return reached;
  };
  for (const char of text) {
    const next = new Set<number>();
    for (const state of skipStars(states)) {
      const token = tokens[state];
      if (token === "*") next.add(state);
      else if (token === "?" || token === char || token === `\${${char}}`) next.add(state + 1);
    }
    states = next;
  }
  return skipStars(states).has(tokens.length);
}

function list(value: unknown): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new Error("not a list of texts");
}
