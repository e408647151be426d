import { VERSITYGW } from "../../tools/versitygw.ts";
import { testPackagedStore } from "./store.ts";

await testPackagedStore("versitygw", VERSITYGW);
