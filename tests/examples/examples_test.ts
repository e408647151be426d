import { useSeaweedFs } from "../integration/seaweedfs.ts";
import { testBackup } from "./backup.ts";
import { testDownloadServer } from "./download_server.ts";
import { createStage } from "./stage.ts";
import { testUploader } from "./uploader.ts";

const seaweedFs = await useSeaweedFs({ sts: true });

if (seaweedFs !== undefined) {
  const stage = createStage(seaweedFs);
  testDownloadServer(stage);
  testUploader(stage);
  testBackup(stage);
}
