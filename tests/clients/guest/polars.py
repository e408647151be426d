import steps


def names(prefix):
    found = pl.scan_csv(f"s3://media/{prefix}*.txt", has_header=False, include_file_paths="path").collect()
    return [path.removeprefix("s3://media/") for path in found["path"]]


def read(key):
    if key.endswith(".txt"):
        return pl.read_csv("s3://media/" + key, has_header=False)[0, 0]
    return pl.read_parquet("s3://media/" + key)["bytes"][0]


def write(key, file):
    with open(file, "rb") as source:
        pl.DataFrame({"bytes": [source.read()]}).write_parquet("s3://media/" + key, compression="uncompressed")


steps.run(list=names, read=read, write=write)
