import { MOTO } from "../../tools/stores/moto.ts";
import { testPackagedStore } from "./store.ts";

await testPackagedStore("moto", MOTO);
