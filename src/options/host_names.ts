import { valueThat } from "./checks.ts";

/** Host names, perhaps none. Scheme and port are not part of what is compared. */
export const hostNames = valueThat(
  "list",
  'a list of host names such as "files.example.com", without scheme or port',
  (value) => Array.isArray(value) && value.every((host) => typeof host === "string" && HOST.test(host)),
);

const HOST = /^(?:\[[^\]\s/]+\]|[^\s/:@?#[\]]+)$/;
