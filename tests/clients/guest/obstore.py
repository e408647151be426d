import steps

steps.run(
    list=lambda prefix: [item["path"] for items in store.list(prefix or None) for item in items],
    read=lambda key: bytes(store.get(key).bytes()),
    write=lambda key, file: store.put(key, open(file, "rb")),
    delete=store.delete,
)
