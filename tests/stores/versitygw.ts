import { VERSITYGW } from "../../tools/stores/versitygw.ts";
import { testPackagedStore } from "./store.ts";

await testPackagedStore("versitygw", VERSITYGW);
