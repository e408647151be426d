import { conformance } from "../conformance.ts";
import { testCors } from "./cors.ts";
import { testOracles } from "./oracles.ts";
import { useSeaweedFs } from "./seaweedfs.ts";

const seaweedFs = await useSeaweedFs();

if (seaweedFs !== undefined) {
  conformance("SeaweedFS", {
    open: () => {
      const { config, listUploads } = seaweedFs;
      // 4.48 removes an emptied folder some time later.
      return { config, listUploads, keepsEmptyFolders: true, fetch: (input, init) => fetch(input, init) };
    },
    limits: {
      'upload() keeps the name "a\\\\b.txt"': "4.48 stores it as a/b.txt",
      'upload() keeps the name "..\\\\a"': "4.48 reads it as ../a and answers 400",
      'upload() keeps the name "file/"': "4.48 makes a folder of it and drops its content",
      'upload() keeps the name "a//b"': "4.48 stores it as a/b",
      'upload() keeps the name "folder//"': "4.48 makes a folder of it and drops its content",
      "list() orders a folder by its slash": "4.48 orders folders by their names without it",
    },
  });
  testCors(seaweedFs);
  testOracles(seaweedFs);
}
