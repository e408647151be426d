/**
 * A built-in module of Node's, if the runtime has it. Not an import: Workers and browsers have none, and bundlers must
 * not look for one.
 */
export function nodeModule<T>(id: string): T | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => T | undefined } };
  return process?.getBuiltinModule?.(id);
}
