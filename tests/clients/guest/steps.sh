# Performs the steps of a client's test and prints what became of each, with the functions list, read, write and delete.

perform() {
  name=$1
  shift
  if text=$("$@" 2>&1); then outcome=done; else outcome=failed; fi
  printf '=== %s %s\n%s\n' "$outcome" "$name" "$text"
  if [ "$outcome $name" = "failed list" ]; then exit 1; fi
}

read_large() {
  read_to "${TEST_FOLDER}large.bin" got.bin && sha256sum <got.bin
}

perform list list "$TEST_FOLDER"
perform write write "${TEST_FOLDER}large.bin" "$TEST_FILE"
perform read read_large
perform delete delete "${TEST_FOLDER}first.txt"
for place in neighbour root; do
  if [ $place = root ]; then prefix=; else prefix=${TEST_FOLDER%/}-2/; fi
  perform "list $place" list "$prefix"
  perform "read $place" read_to "${prefix}other.txt" other
  perform "write $place" write "${prefix}new.bin" "$TEST_FILE"
  perform "delete $place" delete "${prefix}other.txt"
done
