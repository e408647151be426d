import { GOFAKES3 } from "../../tools/stores/gofakes3.ts";
import { testPackagedStore } from "./store.ts";

await testPackagedStore("gofakes3", GOFAKES3);
