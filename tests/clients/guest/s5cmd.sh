list() { s5cmd --retry-count 0 ls "s3://media/$1"; }
read_to() { s5cmd --retry-count 0 --log error cp "s3://media/$1" "$2"; }
write() { s5cmd --retry-count 0 --log error cp "$2" "s3://media/$1"; }
delete() { s5cmd --retry-count 0 rm "s3://media/$1"; }
