import { installPacked } from "../../tools/pack.ts";
import { versionOf } from "../../tools/pinned.ts";
import { isChromiumAvailable } from "../browser/chromium.ts";
import { useSeaweedFs } from "../integration/seaweedfs.ts";
import { orSkip } from "../support/or_skip.ts";
import { testBackup } from "./backup.ts";
import { testDownloadServer } from "./download_server.ts";
import { testMirror } from "./mirror.ts";
import { createStage } from "./stage.ts";
import { testSyncLogs } from "./sync_logs.ts";
import { testUploader } from "./uploader.ts";
import { testUploaderPage } from "./uploader_page.ts";
import { testWorker } from "./worker.ts";

const seaweedFs = await useSeaweedFs({ sts: true });

if (seaweedFs !== undefined) {
  const stage = createStage(seaweedFs);
  testDownloadServer(stage);
  testUploader(stage);
  if (await isChromiumAvailable()) testUploaderPage(stage);
  testBackup(stage);
  testMirror(stage);
  const project = await orSkip(
    "the examples for Bun and Workers",
    () => installPacked({ packages: [`@aws-sdk/client-s3@${versionOf("@aws-sdk/client-s3")}`] }),
  );
  if (project !== undefined) {
    Deno.test.afterAll(project.remove);
    await orSkip("the example for Bun", () => testSyncLogs(stage, project.folder));
    await orSkip("the example for Workers", () => testWorker(stage, project.folder));
  }
}
