// The files app in Chromium, on SeaweedFS. In one file, so that both start only once.
import { testAccessibility } from "./accessibility.ts";
import { testArchives } from "./archives.ts";
import { testBrowsing } from "./browsing.ts";
import { testDocuments } from "./documents.ts";
import { testEditing } from "./editing.ts";
import { testHostileFiles } from "./hostile.ts";
import { testInterruptions } from "./interruptions.ts";
import { testKeptWork } from "./kept_work.ts";
import { testKeyboard } from "./keyboard.ts";
import { testLogins } from "./logins.ts";
import { testLooks } from "./looks.ts";
import { testMenus } from "./menus.ts";
import { testNamesakes } from "./namesakes.ts";
import { testOddFiles } from "./odd_files.ts";
import { testMoving } from "./moving.ts";
import { testPermissions } from "./permissions.ts";
import { testPictures } from "./pictures.ts";
import { testPlain } from "./without_scripts.ts";
import { testPreviews } from "./previews.ts";
import { testProxies } from "./proxies.ts";
import { testReach } from "./reach.ts";
import { testResuming } from "./resuming.ts";
import { testRowMoves } from "./row_moves.ts";
import { testSorting } from "./sorting.ts";
import { testSearching } from "./searching.ts";
import { testSharing } from "./sharing.ts";
import { testTransfers } from "./transfers.ts";
import { testUploads } from "./uploads.ts";
import { testWayfinding } from "./wayfinding.ts";
import { testWeight } from "./weight.ts";
import { useStage } from "./stage.ts";

const stage = await useStage();

if (stage !== undefined) {
  for (
    const register of [
      testBrowsing,
      testSorting,
      testArchives,
      testPlain,
      testUploads,
      testKeptWork,
      testResuming,
      testInterruptions,
      testTransfers,
      testMoving,
      testRowMoves,
      testEditing,
      testPreviews,
      testOddFiles,
      testNamesakes,
      testPictures,
      testDocuments,
      testKeyboard,
      testPermissions,
      testSearching,
      testSharing,
      testLogins,
      testHostileFiles,
      testAccessibility,
      testProxies,
      testReach,
      testLooks,
      testMenus,
      testWayfinding,
      testWeight,
    ]
  ) await register(stage);
}
