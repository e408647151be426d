import os
import slow

store.put(os.environ["TEST_FOLDER"] + "long.bin", slow.chunks(), chunk_size=5 * 1024 * 1024, max_concurrency=1)
