# pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
import os

from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

exporter = OTLPLogExporter(
    "http://127.0.0.1:4318/v1/logs",
    headers={"Authorization": "Bearer " + os.environ["LEEWAY_KEY"]},
    compression=Compression.Gzip,
)
provider = LoggerProvider()
provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
logger = provider.get_logger("serving")

logger.emit(LogRecord(event_name="leeway.prediction", attributes={
    "leeway.model.name": "fraud",
    "leeway.model.version": "v1",
    "leeway.prediction.id": "python-opentelemetry-1",
    "leeway.prediction.features": {"amount": 80.5, "channel": "app"},
    "leeway.prediction.value": "fraud",
    "leeway.prediction.score": 0.97,
}))
# The truth, once it is known; it joins its prediction by the id.
logger.emit(LogRecord(event_name="leeway.label", attributes={
    "leeway.model.name": "fraud",
    "leeway.prediction.id": "python-opentelemetry-1",
    "leeway.label.value": "fraud",
}))
provider.shutdown()  # sends what is still waiting
