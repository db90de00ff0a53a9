"""A BentoML service's monitoring as its documentation shows it: prints what its exporter was told of every record."""

import json
import sys
import threading
import time

import bentoml
from bentoml._internal.context import server_context, trace_context
from bentoml._internal.monitoring import api

OPEN = 1024
sending = json.loads(sys.argv[1])
open_records = 0
failed = False
lock = threading.Lock()
enough = threading.Event()


def heed():
    sys.stdin.read()
    enough.set()


if sending.get("untilTold"):
    threading.Thread(target=heed, daemon=True).start()


def overhear(exporter_class):
    """BentoML makes its exporter itself: the class is overheard."""
    inner = exporter_class.export

    def export(self, batch):
        global open_records, failed
        result = inner(self, batch)
        accepted = result.name == "SUCCESS"
        numbers = [int(each.log_record.body["number"]) for each in batch]
        print(json.dumps({"accepted": accepted, "numbers": numbers}), flush=True)
        with lock:
            open_records -= len(numbers)
            failed = failed or not accepted
        return result

    exporter_class.export = export


if sending["protocol"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
overhear(OTLPLogExporter)

# What a running service has set before it is asked for anything.
server_context.bento_name = "card"
server_context.bento_version = "7"
options = {
    "endpoint": f"http://{sending['endpoint']}" if sending["protocol"] == "grpc" else sending["endpoint"],
    "protocol": "grpc" if sending["protocol"] == "grpc" else "http",
    "insecure": True,
    "meta_sample_rate": sending["metaSampleRate"],
}
step = sending["rowsPerCall"]
for start in range(0, sending["records"], step):
    if enough.is_set():
        break
    while open_records >= OPEN:
        time.sleep(0.002)
    if failed:
        failed = False
        time.sleep(0.25)
    rows = range(start, start + step)
    with lock:
        open_records += step
    # A server gives every inbound request a number of its own.
    trace_context.request_id = 10_000_000_000_000_000_000 + start
    with bentoml.monitor("fraud", monitor_class="otlp", monitor_options=options) as monitor:
        for index in rows:
            monitor.log(index, "number", "feature", "numerical")
            monitor.log(index + 0.5, "amount", "feature", "numerical")
            monitor.log(f"word {index % 7}", "word", "feature", "categorical")
            monitor.log("late" if index % 3 == 0 else "on time", "answer", "prediction", "categorical")
provider = api._MONITOR_INSTANCES["fraud"].logger_provider
provider.force_flush(60_000)
provider.shutdown()
