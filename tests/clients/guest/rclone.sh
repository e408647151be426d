list() { rclone lsf "media:media/$1"; }
read_to() { rclone copyto "media:media/$1" "$2"; }
write() { rclone copyto "$2" "media:media/$1"; }
delete() { rclone deletefile "media:media/$1"; }
