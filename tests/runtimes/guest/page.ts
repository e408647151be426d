import { createGuest } from "./guest.ts";

declare global {
  /** Answers a request to the guest; Chromium calls it. */
  var askGuest: (path: string, body: string | null) => Promise<string>;
}

const guest = createGuest(await (await fetch("/setup")).json());
globalThis.askGuest = async (path, body) => {
  const request = new Request(new URL(path, location.href), body === null ? {} : { method: "POST", body });
  return await (await guest(request)).text();
};
