# pip install 'bentoml[monitor-otlp]'
# The monitor takes a header from the environment alone: export OTEL_EXPORTER_OTLP_HEADERS=x-api-key=$LEEWAY_KEY
# bentoml serve bentoml_service:Fraud
import bentoml

LEEWAY = {"endpoint": "http://127.0.0.1:4318"}


@bentoml.service
class Fraud:
    @bentoml.api
    def predict(self, amount: float, channel: str) -> str:
        value = "fraud" if amount > 50 else "ok"
        with bentoml.monitor("fraud", monitor_class="otlp", monitor_options=LEEWAY) as monitor:
            monitor.log(amount, name="amount", role="feature", data_type="numerical")
            monitor.log(channel, name="channel", role="feature", data_type="categorical")
            monitor.log(value, name="value", role="prediction", data_type="categorical")
        return value
