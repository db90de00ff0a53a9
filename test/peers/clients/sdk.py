"""A serving process with the OpenTelemetry SDK: prints what its exporter was told of every record."""

import json
import sys
import threading
import time

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

OPEN = 512
BATCH = 64

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


def make_exporter():
    headers = {"authorization": f"Bearer {sending['key']}"}
    gzip = sending["compression"] == "gzip"
    if sending["protocol"] == "grpc":
        import grpc
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter

        return OTLPLogExporter(
            endpoint=f"http://{sending['endpoint']}",
            insecure=True,
            headers=tuple(headers.items()),
            compression=grpc.Compression.Gzip if gzip else grpc.Compression.NoCompression,
        )
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

    return OTLPLogExporter(
        endpoint=f"{sending['endpoint']}/v1/logs",
        headers=headers,
        compression=Compression.Gzip if gzip else Compression.NoCompression,
    )


def overheard(exporter):
    """The SDK's exporter, overheard."""
    inner = exporter.export

    def export(batch):
        global open_records, failed
        result = inner(batch)
        accepted = result.name == "SUCCESS"
        numbers = [each.log_record.attributes["number"] for each in batch]
        print(json.dumps({"accepted": accepted, "numbers": numbers}), flush=True)
        with lock:
            open_records -= len(numbers)
            failed = failed or not accepted
        return result

    exporter.export = export
    return exporter


def record(index):
    """The same as in records.ts."""
    attributes = {"number": index, "leeway.model.name": "peer"}
    if index % 5 == 4:
        attributes["leeway.prediction.id"] = f"peer-{index - 1}"
        attributes["leeway.label.value"] = "late" if index % 2 == 0 else "on time"
        return "leeway.label", attributes
    features = {
        "whole": index,
        "mixed": index if index % 2 == 0 else index + 0.5,
        "word": "drei ü" if index % 7 == 0 else f"word {index % 7}",
        "flag": index % 2 == 0,
        "nested": {"deep": index / 10},
        "sometimes": None if index % 4 == 0 else -index,
    }
    attributes["leeway.prediction.id"] = f"peer-{index}"
    attributes["leeway.prediction.features"] = features
    attributes["leeway.prediction.value"] = "late" if index % 3 == 0 else "on time"
    attributes["leeway.prediction.score"] = (index % 1000) / 1000
    attributes["leeway.prediction.duration"] = 0.0125
    attributes["leeway.segments"] = {"shop": f"s{index % 3}"}
    return "leeway.prediction", attributes


provider = LoggerProvider(resource=Resource.create({"service.name": "serving", "service.version": "7"}))
provider.add_log_record_processor(
    BatchLogRecordProcessor(
        overheard(make_exporter()),
        schedule_delay_millis=5,
        max_export_batch_size=BATCH,
        max_queue_size=4 * OPEN,
    )
)
logger = provider.get_logger("test")
for index in range(sending["records"]):
    if enough.is_set():
        break
    while open_records >= OPEN:
        time.sleep(0.002)
    # Some clients give a batch up at once; the rest is not to be given up with it.
    if failed:
        failed = False
        time.sleep(0.25)
    with lock:
        open_records += 1
    name, attributes = record(index)
    logger.emit(
        LogRecord(
            timestamp=(sending["baseMs"] + index) * 1_000_000 + 42,
            severity_number=SeverityNumber.INFO,
            event_name=name,
            attributes=attributes,
        )
    )
provider.force_flush(60_000)
provider.shutdown()
