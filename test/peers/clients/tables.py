"""A batch job's table of predictions as pandas and pyarrow write it: to standard output, by the name of a format."""

import decimal
import io
import json
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

asked = json.loads(sys.argv[1])
numbers = range(asked["records"])


def frame():
    return pd.DataFrame(
        {
            "id": [f"peer-{n}" for n in numbers],
            "time": pd.to_datetime([(asked["baseMs"] + n) * 1000 for n in numbers], unit="us", utc=True),
            "model": pd.Categorical(["peer"] * len(numbers)),
            "version": "7",
            "value": pd.Categorical(["late" if n % 3 == 0 else "on time" for n in numbers]),
            "score": [(n % 1000) / 1000 for n in numbers],
            "tiny": np.array([n % 100 - 50 for n in numbers], dtype="int8"),
            "count": np.array([n for n in numbers], dtype="uint32"),
            "whole": np.array([n * 1_000_003 for n in numbers], dtype="int64"),
            "half": np.array([n % 50 / 2 for n in numbers], dtype="float16"),
            "single": np.array([n / 2 for n in numbers], dtype="float32"),
            "double": [n / 10 for n in numbers],
            "flag": [n % 2 == 0 for n in numbers],
            "word": pd.Categorical(["drei ü" if n % 7 == 0 else f"word {n % 7}" for n in numbers]),
            "text": [f"text {n % 5}" for n in numbers],
            "maybe": pd.array([None if n % 4 == 0 else n for n in numbers], dtype="Int64"),
            "price": [decimal.Decimal(n) / 4 for n in numbers],
            "segment.shop": [f"s{n % 3}" for n in numbers],
        }
    )


def parquet(compression):
    # float16 came to Parquet late; most tables in the wild have none.
    sink = io.BytesIO()
    frame().astype({"half": "float32"}).to_parquet(sink, compression=compression)
    return sink.getvalue()


def row_groups():
    sink = io.BytesIO()
    table = pa.Table.from_pandas(frame())
    pq.write_table(table, sink, version="2.6", data_page_version="2.0", row_group_size=100, compression="zstd")
    return sink.getvalue()


def arrow(compression, opened):
    sink = io.BytesIO()
    table = pa.Table.from_pandas(frame(), preserve_index=False)
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with opened(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=300)
    return sink.getvalue()


FORMATS = {
    "pandas Parquet, snappy": lambda: parquet("snappy"),
    "pandas Parquet, gzip": lambda: parquet("gzip"),
    "pandas Parquet, no compression": lambda: parquet(None),
    "pyarrow Parquet, zstd, many row groups": row_groups,
    "pyarrow stream": lambda: arrow(None, pa.ipc.new_stream),
    "pyarrow stream, lz4": lambda: arrow("lz4", pa.ipc.new_stream),
    "pyarrow stream, zstd": lambda: arrow("zstd", pa.ipc.new_stream),
    "pyarrow file": lambda: arrow(None, pa.ipc.new_file),
}
sys.stdout.buffer.write(FORMATS[asked["format"]]())
