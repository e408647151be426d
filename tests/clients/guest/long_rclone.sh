python3 slow.py | rclone rcat --s3-chunk-size 5Mi --s3-upload-concurrency 1 "media:media/${TEST_FOLDER}long.bin"
