import { show } from "../errors.ts";
import { isMapping, type Mapping, mergeMappings, valueOf } from "../options/mapping.ts";
import type { Problem } from "../options/option_tree.ts";
import type { BrokerConfigInput } from "./broker_yaml.ts";
import { resolveReference } from "./references.ts";
import { parseYamlMapping } from "./yaml_document.ts";

/** The tenants of a folder. */
export interface TenantsFolder {
  /** The document with them. */
  readonly document: Mapping;
  /** The file with the tenant that a path leads into; `undefined` for the others. */
  fileOf(path: readonly string[]): string | undefined;
  /** Whether its tenants are not known. */
  readonly isUnreadable: boolean;
}

/** How {@link readTenantsFolder} reads. */
export interface FolderReading extends Pick<BrokerConfigInput, "env" | "readTextFile" | "readFolder"> {
  readonly document: Mapping;
  /** The name of the document's file. */
  readonly fileName: string;
  readonly problems: Problem[];
}

/**
 * Reads the tenants of the files in a broker's `tenants_folder`, in the order of their names, and adds them to those of
 * the document.
 *
 * @param broker The document's broker with the settings, which may name the folder.
 * @throws {ConfigError} If a file is not YAML.
 */
export function readTenantsFolder(broker: Mapping, reading: FolderReading): TenantsFolder {
  const { document } = reading;
  const tenants = new Map<string, { readonly tenant: unknown; readonly file: string }>();
  const twice = new Set<string>();
  const given = valueOf(document, "broker");
  const own = (isMapping(given) ? valueOf(given, "tenants") : undefined) ?? {};
  // Anything else is refused with the other options.
  const folder = isMapping(own) ? readPath(broker, reading) : undefined;
  const files = folder === undefined ? [] : readFiles(folder, reading);
  for (const { file, text } of files ?? []) {
    for (const [name, tenant] of Object.entries(parseYamlMapping(text, file))) {
      const other = Object.hasOwn(own, name) ? reading.fileName : tenants.get(name)?.file;
      if (other === undefined) {
        tenants.set(name, { tenant, file });
        continue;
      }
      twice.add(name);
      const reason = `it is in ${show(other)}, and in ${show(file)}`;
      reading.problems.push({ path: ["broker", "tenants", name], reason });
    }
  }
  const added = Object.fromEntries([...tenants].map(([name, { tenant }]) => [name, tenant]));
  return {
    document: folder === undefined ? document : mergeMappings(document, { broker: { tenants: added } }),
    fileOf: ([broker, group, name = ""]) =>
      broker === "broker" && group === "tenants" && !twice.has(name) ? tenants.get(name)?.file : undefined,
    isUnreadable: files === undefined,
  };
}

/** Where the folder is; `undefined` if there is none. What is no path is refused with the other options. */
function readPath(broker: Mapping, reading: FolderReading): string | undefined {
  const resolved = resolveReference(valueOf(broker, "tenants_folder") ?? valueOf(broker, "tenantsFolder"), reading);
  const path = "value" in resolved ? resolved.value : undefined;
  return typeof path === "string" && path !== "" ? path : undefined;
}

interface TenantsFile {
  readonly file: string;
  readonly text: string;
}

/** The `*.yaml` of a folder; `undefined` if they cannot be read. */
function readFiles(folder: string, { readFolder, readTextFile, problems }: FolderReading): TenantsFile[] | undefined {
  const report = (reason: string, cause?: unknown): undefined => {
    problems.push({ path: ["broker", "tenants_folder"], reason, cause });
  };
  if (readFolder === undefined || readTextFile === undefined) {
    return report(`the folder ${show(folder)} cannot be read here`);
  }
  try {
    const names = readFolder(folder).filter((name) => /^[^.].*\.yaml$/s.test(name)).toSorted();
    const paths = names.map((name) => `${folder.replace(/\/$/, "")}/${name}`);
    return paths.map((file) => ({ file, text: readTextFile(file) }));
  } catch (cause) {
    return report(`the folder ${show(folder)}, or a file in it, cannot be read`, cause);
  }
}
