// Reads what Karma reads of an Alertmanager, with the same parser and the same generated client.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"

	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"github.com/prometheus/alertmanager/api/v2/client"
	"github.com/prometheus/alertmanager/api/v2/client/alertgroup"
	"github.com/prometheus/alertmanager/api/v2/client/general"
	"github.com/prometheus/alertmanager/api/v2/client/silence"
	"github.com/prometheus/common/expfmt"
)

func main() {
	if err := read(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(address string) error {
	version, err := versionOf(address)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	at, err := url.Parse(address)
	if err != nil {
		return err
	}
	transport := httptransport.New(at.Host, "/api/v2", []string{at.Scheme})
	if password, known := at.User.Password(); known {
		transport.DefaultAuthentication = httptransport.BasicAuth(at.User.Username(), password)
	}
	api := client.New(transport, strfmt.Default)
	status, err := api.General.GetStatus(general.NewGetStatusParams())
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	if err := status.Payload.Validate(strfmt.Default); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	groups, err := api.Alertgroup.GetAlertGroups(alertgroup.NewGetAlertGroupsParams())
	if err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	if err := groups.Payload.Validate(strfmt.Default); err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	silences, err := api.Silence.GetSilences(silence.NewGetSilencesParams())
	if err != nil {
		return fmt.Errorf("silences: %w", err)
	}
	if err := silences.Payload.Validate(strfmt.Default); err != nil {
		return fmt.Errorf("silences: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"version":  version,
		"cluster":  status.Payload.Cluster.Status,
		"groups":   groups.Payload,
		"silences": silences.Payload,
	})
}

func versionOf(address string) (string, error) {
	answer, err := http.Get(address + "/metrics")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	families, err := new(expfmt.TextParser).TextToMetricFamilies(answer.Body)
	if err != nil {
		return "", err
	}
	for _, metric := range families["alertmanager_build_info"].GetMetric() {
		for _, label := range metric.GetLabel() {
			if label.GetName() == "version" {
				return label.GetValue(), nil
			}
		}
	}
	return "", fmt.Errorf("alertmanager_build_info is not there")
}
