# pip install pyarrow
import os, urllib.request

import pyarrow as pa


def send(path, table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_table(table)
    request = urllib.request.Request(
        "http://127.0.0.1:8080" + path, sink.getvalue().to_pybytes(),
        {"Authorization": "Bearer " + os.environ["LEEWAY_KEY"],
         "Content-Type": "application/vnd.apache.arrow.stream"})
    print(urllib.request.urlopen(request).read().decode())


send("/api/v1/predictions", pa.table({
    "model": ["fraud"],
    "version": ["v1"],
    "id": ["arrow-1"],
    "features": [{"amount": 80.5, "channel": "app"}],
    "value": ["fraud"],
    "score": [0.97],
}))
# The truth, once it is known; it joins its prediction by the id.
send("/api/v1/labels", pa.table({"model": ["fraud"], "id": ["arrow-1"], "value": ["fraud"]}))
