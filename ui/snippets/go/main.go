// go mod init example && go mod tidy && go run .
// Over gRPC: the exporter for HTTP drops a batch when a connection is refused. A Collector in between outlives both.
package main

import (
	"context"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
)

func main() {
	ctx := context.Background()
	exporter, err := otlploggrpc.New(ctx,
		otlploggrpc.WithEndpoint("127.0.0.1:4317"),
		otlploggrpc.WithInsecure(),
		otlploggrpc.WithHeaders(map[string]string{"authorization": "Bearer " + os.Getenv("LEEWAY_KEY")}),
		otlploggrpc.WithCompressor("gzip"),
	)
	if err != nil {
		panic(err)
	}
	provider := sdk.NewLoggerProvider(sdk.WithProcessor(sdk.NewBatchProcessor(exporter)))
	logger := provider.Logger("serving")

	var prediction log.Record
	prediction.SetEventName("leeway.prediction")
	prediction.AddAttributes(
		attribute.String("leeway.model.name", "fraud"),
		attribute.String("leeway.model.version", "v1"),
		attribute.String("leeway.prediction.id", "go-1"),
		attribute.Map("leeway.prediction.features", attribute.Float64("amount", 80.5), attribute.String("channel", "app")),
		attribute.String("leeway.prediction.value", "fraud"),
		attribute.Float64("leeway.prediction.score", 0.97),
	)
	logger.Emit(ctx, prediction)

	// The truth, once it is known; it joins its prediction by the id.
	var label log.Record
	label.SetEventName("leeway.label")
	label.AddAttributes(
		attribute.String("leeway.model.name", "fraud"),
		attribute.String("leeway.prediction.id", "go-1"),
		attribute.String("leeway.label.value", "fraud"),
	)
	logger.Emit(ctx, label)

	// Sends what is still waiting.
	if err := provider.Shutdown(ctx); err != nil {
		panic(err)
	}
}
