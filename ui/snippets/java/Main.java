// Maven: io.opentelemetry:opentelemetry-sdk:1.67.0 and io.opentelemetry:opentelemetry-exporter-otlp:1.67.0
// An SDK without valueKey sends the features as the body instead: setBody(Value.of(Map.of("amount", …))).
import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.opentelemetry.api.common.AttributeKey.valueKey;

import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import java.util.Map;

class Main {
  public static void main(String[] arguments) {
    var exporter = OtlpHttpLogRecordExporter.builder()
        .setEndpoint("http://127.0.0.1:4318/v1/logs")
        .addHeader("Authorization", "Bearer " + System.getenv("LEEWAY_KEY"))
        .setCompression("gzip")
        .build();
    // Closing the provider sends what is still waiting.
    try (var provider = SdkLoggerProvider.builder()
        .addLogRecordProcessor(BatchLogRecordProcessor.builder(exporter).build())
        .build()) {
      Logger logger = provider.get("serving");
      logger.logRecordBuilder()
          .setEventName("leeway.prediction")
          .setAttribute(stringKey("leeway.model.name"), "fraud")
          .setAttribute(stringKey("leeway.model.version"), "v1")
          .setAttribute(stringKey("leeway.prediction.id"), "java-1")
          .setAttribute(valueKey("leeway.prediction.features"),
              Value.of(Map.of("amount", Value.of(80.5), "channel", Value.of("app"))))
          .setAttribute(stringKey("leeway.prediction.value"), "fraud")
          .setAttribute(doubleKey("leeway.prediction.score"), 0.97)
          .emit();
      // The truth, once it is known; it joins its prediction by the id.
      logger.logRecordBuilder()
          .setEventName("leeway.label")
          .setAttribute(stringKey("leeway.model.name"), "fraud")
          .setAttribute(stringKey("leeway.prediction.id"), "java-1")
          .setAttribute(stringKey("leeway.label.value"), "fraud")
          .emit();
    }
  }
}
