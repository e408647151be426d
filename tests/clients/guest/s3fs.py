import steps

steps.run(
    list=lambda prefix: [path.removeprefix("media/") for path in fs.find("media/" + prefix)],
    read=lambda key: fs.cat_file("media/" + key),
    write=lambda key, file: fs.put_file(file, "media/" + key),
    delete=lambda key: fs.rm_file("media/" + key),
)
