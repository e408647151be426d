// The files app in Chromium, on SeaweedFS. In one file, so that both start only once.
import { testAccessibility } from "./accessibility.ts";
import { testBrowsing } from "./browsing.ts";
import { testEditing } from "./editing.ts";
import { testHostileFiles } from "./hostile.ts";
import { testInterruptions } from "./interruptions.ts";
import { testKeyboard } from "./keyboard.ts";
import { testLogins } from "./logins.ts";
import { testPermissions } from "./permissions.ts";
import { testPlain } from "./without_scripts.ts";
import { testPreviews } from "./previews.ts";
import { testProxies } from "./proxies.ts";
import { testReach } from "./reach.ts";
import { testSearching } from "./searching.ts";
import { testSharing } from "./sharing.ts";
import { testTransfers } from "./transfers.ts";
import { testUploads } from "./uploads.ts";
import { useStage } from "./stage.ts";

const stage = await useStage();

if (stage !== undefined) {
  for (
    const register of [
      testBrowsing,
      testPlain,
      testUploads,
      testInterruptions,
      testTransfers,
      testEditing,
      testPreviews,
      testKeyboard,
      testPermissions,
      testSearching,
      testSharing,
      testLogins,
      testHostileFiles,
      testAccessibility,
      testProxies,
      testReach,
    ]
  ) await register(stage);
}
