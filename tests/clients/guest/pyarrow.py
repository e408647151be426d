import steps


def write(key, file):
    with s3.open_output_stream("media/" + key) as out, open(file, "rb") as source:
        out.write(source.read())


steps.run(
    list=lambda prefix: [
        info.path.removeprefix("media/") for info in s3.get_file_info(fs.FileSelector("media/" + prefix))
    ],
    read=lambda key: s3.open_input_file("media/" + key).read(),
    write=write,
    delete=lambda key: s3.delete_file("media/" + key),
)
