import { RCLONE } from "../../tools/stores/rclone.ts";
import { testPackagedStore } from "./store.ts";

await testPackagedStore("rclone", RCLONE);
