import contextlib
import steps


def query(text):
    try:
        return db.sql(text).fetchall()
    except duckdb.Error:
        # Some failures leave a transaction open.
        with contextlib.suppress(duckdb.TransactionException):
            db.rollback()
        raise


def read(key):
    function = "read_text" if key.endswith(".txt") else "read_parquet"
    return query(f"SELECT content FROM {function}('s3://media/{key}')")[0][0]


def write(key, file):
    db.execute(f"COPY (SELECT content FROM read_blob('{file}')) TO 's3://media/{key}' (FORMAT parquet)")


steps.run(
    list=lambda prefix: [row[0].removeprefix("s3://media/") for row in query(f"FROM glob('s3://media/{prefix}*')")],
    read=read,
    write=write,
)
