/** Tests of the conformance suite that ask for more than SeaweedFS can, with what it does; see `ConformanceOptions`. */
export const SEAWEEDFS_LIMITS: Readonly<Record<string, string>> = {
  'upload() keeps the name "a\\\\b.txt"': "4.48 stores it as a/b.txt",
  'upload() keeps the name "..\\\\a"': "4.48 reads it as ../a and answers 400",
  'upload() keeps the name "file/"': "4.48 makes a folder of it and drops its content",
  'upload() keeps the name "a//b"': "4.48 stores it as a/b",
  'upload() keeps the name "folder//"': "4.48 makes a folder of it and drops its content",
  "list() orders a folder by its slash": "4.48 orders folders by their names without it",
};
