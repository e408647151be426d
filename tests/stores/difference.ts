/** The stores that the tests run on, by the releases that they run on. */
export const STORES = {
  SeaweedFS: "4.48",
  versitygw: "1.8.0",
  MinIO: "2026-02-12",
  Garage: "2.5.0",
  rclone: "1.75.2",
  "s3s-fs": "0.14.1",
  gofakes3: "1.2.0",
  moto: "5.2.5",
} as const;

/** A store of {@link STORES}. */
export type StoreName = keyof typeof STORES;

/** Something that AWS does and a store does not: a row of the table in docs/stores.md. */
export interface Difference {
  /** What is asked for. */
  readonly asked: string;
  /** What stores do instead; the others do it. */
  readonly instead: Partial<Record<StoreName, Instead>>;
  /** Why stores were not asked. Default: all were. */
  readonly notAsked?: Partial<Record<StoreName, string>>;
}

/** What failures have to say, by the names of the tests. */
export type Failures = Readonly<Record<string, string>>;

/** What a store does instead, with the tests that show it. */
export interface Instead {
  /** In words. */
  readonly seen: string;
  /** What the failures of tests have to say, by the names of the tests. Default: none fail. */
  readonly failures?: Failures;
  /** The same of the tests of a broker's keys. */
  readonly brokerFailures?: Failures;
}

/** Several tests that fail alike. */
export function each(tests: readonly string[], failure: string): Failures {
  return Object.fromEntries(tests.map((test) => [test, failure]));
}
