import os
import time

from datasette.app import Datasette
from datasette.utils import parse_metadata
import asyncio
import datasette_files


async def upload_all():
    """Uploads through the plugin's storage again and again. It replaces keys only when they have expired."""
    with open("datasette.yaml") as file:
        datasette = Datasette(config=parse_metadata(file.read()))
    await datasette.invoke_startup()
    storage = datasette_files._sources["media"]
    end = time.monotonic() + float(os.environ["TEST_SECONDS"])
    while time.monotonic() < end:
        await upload(storage) or await upload(storage) or exit(1)
        await asyncio.sleep(float(os.environ["TEST_SECONDS"]) / 40)


async def upload(storage):
    async def chunks():
        yield bytes(int(os.environ["TEST_BYTES"]) // 40)

    try:
        return await storage.receive_upload("long.bin", chunks(), "application/octet-stream")
    except Exception as error:
        # A request on its way while its keys expire.
        print(type(error).__name__, error)
        return None


asyncio.run(upload_all())
