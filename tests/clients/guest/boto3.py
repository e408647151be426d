import steps

steps.run(
    list=lambda prefix: [item["Key"] for item in s3.list_objects_v2(Bucket="media", Prefix=prefix)["Contents"]],
    read=lambda key: s3.get_object(Bucket="media", Key=key)["Body"].read(),
    write=lambda key, file: s3.upload_file(file, "media", key),
    delete=lambda key: s3.delete_object(Bucket="media", Key=key),
)
