list() { aws s3 ls "s3://media/$1"; }
read_to() { aws s3 cp --only-show-errors "s3://media/$1" "$2"; }
write() { aws s3 cp --only-show-errors "$2" "s3://media/$1"; }
delete() { aws s3 rm --only-show-errors "s3://media/$1"; }
