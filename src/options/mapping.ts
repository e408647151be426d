/** An object of YAML or JSON. Read it with {@link valueOf}: a key may be `constructor`. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a parsed value is a mapping, rather than a list, a date or a scalar. */
export function isMapping(value: unknown): value is Mapping {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The value of an own key, otherwise `undefined`. */
export function valueOf(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** An object with these entries and without a prototype, so that no name is found that was not given. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** Merges two mappings, level by level; where they disagree, `update` wins. */
export function mergeMappings(mapping: Mapping, update: Mapping): Mapping {
  const merged = Object.entries(update).map(([key, value]): [string, unknown] => {
    const former = valueOf(mapping, key);
    return [key, isMapping(former) && isMapping(value) ? mergeMappings(former, value) : value];
  });
  return { ...mapping, ...Object.fromEntries(merged) };
}

/** The kind of a value, for messages that must not show the value itself. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  if (typeof value === "string") return "a string";
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "an instance of a class";
  return `a ${typeof value}`;
}
