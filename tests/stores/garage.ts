import { GARAGE } from "../../tools/stores/garage.ts";
import { testPackagedStore } from "./store.ts";

await testPackagedStore("Garage", GARAGE);
