// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"regexp"
	"strings"
	"testing"

	"vipward/conf"
)

// elsewhere are keywords of virtual and real servers that no configuration here has, with the
// tests that have them: they decide nothing in the table by themselves.
var elsewhere = map[string]string{
	"quorum_up": "replayipvs", "quorum_down": "replayipvs", "notify_up": "replayipvs", "notify_down": "replayipvs",
	"smtp_alert": "replayipvs, notify", "virtualhost": "replayipvs (wire-http, wire-ssl)", "ha_suspend": "replayipvs (ha-suspend)",
	"delay_before_retry": "replayipvs (live-)", "PING_CHECK": "internal/e2e", "BFD_CHECK": "internal/e2e",
	"snmp_name": "conf", "hashed": "conf", "ip_family": "conf",
	// of vipward alone
	"slow_start": "checker", "drain": "checker", "weight_by": "checker", "rise": "checker", "fall": "checker", "GRPC_CHECK": "internal/e2e",
}

// TestEveryKeyword: each keyword of a virtual or a real server is in a configuration that is
// played here, or is tested elsewhere.
func TestEveryKeyword(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	list, _, _ := matrix(rows)
	for _, r := range list {
		text.WriteString(r.config("/d", 1, false) + r.config("/d", 1, true))
	}
	for _, c := range changes {
		p := c.asPool()
		text.WriteString(p.text("/d", 1, false) + p.text("/d", 1, true))
	}
	here := words(text.String())
	for _, k := range conf.Keywords() {
		if k.Block != "virtual_server" && k.Block != "virtual_server.real_server" {
			continue
		}
		_, there := elsewhere[k.Name]
		switch {
		case here[k.Name] && there:
			t.Errorf("%s %s: it is here", k.Block, k.Name)
		case !here[k.Name] && !there:
			t.Errorf("%s %s: not here, nor elsewhere", k.Block, k.Name)
		}
	}
}

var firstWord = regexp.MustCompile(`(?m)^\s*(\S+)`)

func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range firstWord.FindAllStringSubmatch(text, -1) {
		out[m[1]] = true
	}
	return out
}
