import asyncio
import urllib.request

from datasette.app import Datasette
from datasette.utils import parse_metadata
import datasette_files
import steps

with open("datasette.yaml") as file:
    datasette = Datasette(config=parse_metadata(file.read()))
loop = asyncio.new_event_loop()
wait = loop.run_until_complete
wait(datasette.invoke_startup())
storage = datasette_files._sources["media"]
ids = {}

async def call(method, path, **options):
    response = await datasette.client.request(method, path, **options)
    if response.status_code >= 400:
        raise RuntimeError(response.text)
    return response

async def write(key, path):
    """Uploads as Datasette's page does, and remembers the file's id for its key."""
    about = {"filename": key.split("/")[-1], "content_type": "application/octet-stream"}
    prepared = (await call("POST", "/-/files/upload/media/-/prepare", json=about)).json()
    with open(path, "rb") as file:
        await call("POST", prepared["upload_url"], data=prepared["upload_fields"], files={"file": file.read()})
    done = {"upload_token": prepared["upload_token"]}
    ids[key] = (await call("POST", "/-/files/upload/media/-/complete", json=done)).json()["file"]["id"]

async def read(key):
    """Follows Datasette's link for files it knows; the plugin has no address for others, so asks with its keys."""
    if key not in ids:
        async with storage._client() as client:
            return await (await client.get_object(Bucket=storage.bucket, Key=key))["Body"].read()
    link = (await call("GET", f"/-/files/{ids[key]}/download")).headers["location"]
    with urllib.request.urlopen(link) as response:
        return response.read()

async def list_keys(prefix):
    async with storage._client() as client:
        return [item["Key"] for item in (await client.list_objects_v2(Bucket=storage.bucket, Prefix=prefix))["Contents"]]

async def write_or_try(key, path):
    if key.startswith(steps.FOLDER):
        return await write(key, path)
    async with storage._client() as client:
        with open(path, "rb") as file:
            await client.put_object(Bucket=storage.bucket, Key=key, Body=file.read())

async def delete(key):
    """Datasette deletes files that were uploaded through it; the plugin any file."""
    if key.startswith(steps.FOLDER):
        await call("POST", f"/-/files/{ids[steps.FOLDER + 'large.bin']}/-/delete")
        return await storage.delete_file(key.removeprefix(storage.prefix))
    async with storage._client() as client:
        await client.delete_object(Bucket=storage.bucket, Key=key)

steps.run(
    list=lambda prefix: wait(list_keys(prefix)),
    read=lambda key: wait(read(key)),
    write=lambda key, path: wait(write_or_try(key, path)),
    delete=lambda key: wait(delete(key)),
)
