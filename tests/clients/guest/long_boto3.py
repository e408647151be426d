from boto3.s3.transfer import TransferConfig
import os
import slow


class Slow:
    def __init__(self):
        self.chunks = slow.chunks()
        self.rest = b""

    def read(self, size=-1):
        while size < 0 or len(self.rest) < size:
            chunk = next(self.chunks, None)
            if chunk is None:
                break
            self.rest += chunk
        end = len(self.rest) if size < 0 else size
        part, self.rest = self.rest[:end], self.rest[end:]
        return part


config = TransferConfig(multipart_chunksize=5 * 1024 * 1024, use_threads=False)
s3.upload_fileobj(Slow(), "media", os.environ["TEST_FOLDER"] + "long.bin", Config=config)
