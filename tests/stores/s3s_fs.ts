import { S3S_FS } from "../../tools/stores/s3s_fs.ts";
import { testPackagedStore } from "./store.ts";

// It says that names in lists are encoded, although they are not.
await testPackagedStore("s3s-fs", S3S_FS, { encodingType: false });
