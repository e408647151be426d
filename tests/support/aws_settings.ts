/**
 * Runs something with only these AWS settings in the environment, which test files that run at the same time share: one
 * after another, by a lock on this file.
 */
export async function withAwsSettings(settings: Record<string, string>, run: () => Promise<void>): Promise<void> {
  using file = await Deno.open(new URL(import.meta.url));
  await file.lock(true);
  const former = Object.entries(Deno.env.toObject()).filter(([name]) => name.startsWith("AWS_"));
  for (const [name] of former) Deno.env.delete(name);
  const nowhere = { AWS_SHARED_CREDENTIALS_FILE: "/nonexistent", AWS_CONFIG_FILE: "/nonexistent" };
  const all = { ...nowhere, AWS_EC2_METADATA_DISABLED: "true", ...settings };
  for (const [name, value] of Object.entries(all)) Deno.env.set(name, value);
  try {
    await run();
  } finally {
    for (const name of Object.keys(all)) Deno.env.delete(name);
    for (const [name, value] of former) Deno.env.set(name, value);
  }
}
