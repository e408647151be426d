import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import type { Connect } from "../peer.ts";
import { connectSdk } from "./aws_sdk.ts";

/** The AWS SDK on its `fetch` handler, which it has for browsers and workers. */
export const connect: Connect = (store) => connectSdk(store, { requestHandler: new FetchHttpHandler() });
