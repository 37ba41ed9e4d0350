// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"reflect"
	"strings"
	"testing"
)

// rowSamples are values of rows for which that of their kind will not do, by block and
// keyword or by keyword alone.
var rowSamples = map[string]string{
	"virtual_server.real_server smtp_alert": "off",
	"virtual_server ip_family":              "inet",
	"persistence_granularity":               "255.255.255.0",
	"lvs_method":                            "DR",
	"sorry_server_lvs_method":               "DR",
	"lvs_sched":                             "wlc",
	"weight_by":                             "response_time",
	"protocol":                              "UDP",
	"sorry_server":                          "10.0.0.77",
	"retry":                                 "8",
	"nb_get_retry":                          "8",
	"quorum":                                "2",
	"hysteresis":                            "1",
	"http_protocol":                         "1.1",
	"type":                                  "A",
	"digest":                                "0123456789abcdef0123456789abcdef",
	"status_code":                           "404",
	"regex_options":                         "caseless",
	"regex_min_offset":                      "5",
	"regex_max_offset":                      "5",
	"regex_stack":                           "5 6",
	"payload":                               "00",
	"require_reply":                         "00",
	"track_file":                            "f",
	"name":                                  "b",
}

// rowNeeds are lines that a keyword only counts with.
var rowNeeds = map[string]string{
	"sh-port": "lvs_sched sh", "sh-fallback": "lvs_sched sh", "mh-port": "lvs_sched mh", "mh-fallback": "lvs_sched mh",
	"ops": "protocol UDP", "hysteresis": "quorum 3", "enable_sni": "virtualhost v",
	"regex_no_match": `regex "a"`, "regex_options": `regex "a"`, "regex_min_offset": `regex "a"`,
	"regex_max_offset": `regex "a"`, "regex_stack": `regex "a"`,
}

// blockNeeds are lines that inherit what stands in a block.
var blockNeeds = map[string]string{
	"virtual_server":             "real_server 10.0.0.8 80 {\nTCP_CHECK {\n}\n}\n",
	"virtual_server.real_server": "TCP_CHECK {\n}\n",
}

// rowsWithoutTrace are those that leave nothing in the configuration, and why.
var rowsWithoutTrace = map[string]string{
	"SSL password":                                     "it is masked",
	"virtual_server hashed":                            "it never meant anything",
	"virtual_server ip_family":                         "the address has decided",
	"virtual_server.real_server.HTTP_GET enable_sni":   "there is no TLS",
	"virtual_server.real_server.HTTP_GET sni_name":     "there is no TLS",
	"virtual_server.real_server.FILE_CHECK track_file": "the sample is there already",
	"virtual_server.real_server.BFD_CHECK name":        "the sample is there already",
}

// rowSample gives a line with a keyword and a value of it that is not its default.
func rowSample(b *block, k keyword) string {
	for _, key := range []string{b.name + " " + k.name, k.name} {
		if word, ok := rowSamples[key]; ok {
			return k.name + " " + word
		}
	}
	switch {
	case k.value.name == noValue.name:
		return k.name
	case k.value.name == boolean.name:
		return k.name + " on"
	case k.value.name == address.name:
		return k.name + " 10.0.0.77"
	case k.value.lo != k.value.hi:
		return k.name + " 7"
	default:
		return k.name + " x"
	}
}

// TestRowsOfServersAreKept: no keyword of a virtual server is read and forgotten. Each,
// built or planned, leaves its trace in the configuration.
func TestRowsOfServersAreKept(t *testing.T) {
	t.Parallel()
	tried := 0
	eachRow(func(b *block, k keyword, where string) {
		server := b.name == "SSL" || strings.HasPrefix(b.name, "virtual_server")
		if !server || k.sub != nil || rowsWithoutTrace[b.name+" "+k.name] != "" {
			return
		}
		tried++
		needs := blockNeeds[b.name] + rowNeeds[k.name]
		without, _ := inBlock(b.name, needs)
		with, _ := inBlock(b.name, needs+"\n"+rowSample(b, k))
		one, two := placeless(t, without), placeless(t, with)
		if reflect.DeepEqual(one, two) {
			t.Errorf("%s: %q leaves the configuration as it is", where, rowSample(b, k))
		}
	})
	if tried < 150 {
		t.Errorf("only %d rows tried", tried)
	}
}

// placeless loads a text and gives its configuration as generic values without places.
func placeless(t *testing.T, text string) any {
	t.Helper()
	l := loadText(text)
	if l.Fatal() {
		t.Fatalf("refused: %v\n%s", l.Diagnostics, text)
	}
	return dropPlaces(written(t, l.Config))
}

func dropPlaces(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			if v[key] = dropPlaces(e); strings.HasSuffix(key, "Pos") {
				delete(v, key)
			}
		}
	case []any:
		for i, e := range v {
			v[i] = dropPlaces(e)
		}
	}
	return v
}
