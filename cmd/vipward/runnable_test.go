// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLoadRunsWhatItCan: the parent says what is left out, starts no child for it, and
// the children decode the same part.
func TestLoadRunsWhatItCan(t *testing.T) {
	t.Parallel()
	const real = "lvs_sched rr\nlvs_method NAT\nreal_server 10.0.0.2 80 {\nPING_CHECK {\n}\n}\n}\n"
	const bfd = "bfd_instance b {\nneighbor_ip 10.0.0.9\n}\n"
	tests := []struct {
		name, text string
		roles      int
		checks     int
		said       string
	}{
		{name: "mark", text: strings.Replace("virtual_server fwmark 5 {\n"+real, "PING", "TCP", 1), roles: 1, checks: 1},
		{name: "other check", text: bfd + strings.Replace("virtual_server 10.0.0.1 80 {\nprotocol TCP\n"+real, "PING_CHECK {\n", "BFD_CHECK {\nname b\n", 1), roles: 1, said: "BFD_CHECK is not supported yet"},
		{name: "plain", text: strings.Replace("virtual_server 10.0.0.1 80 {\nprotocol TCP\n"+real, "PING", "TCP", 1), roles: 1, checks: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "k.conf")
			must(t, os.WriteFile(path, []byte(tt.text), 0o600))
			m := &memory{}
			q := newLogQueue(50, m)
			_, plan, err := (&command{opts: options{config: path}}).load(slog.New(&lineHandler{queue: q}), false)
			q.close()
			must(t, err)
			if diff := cmp.Diff(tt.roles, len(plan.Roles)); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
			if all := strings.Join(m.texts(), "\n"); !strings.Contains(all, tt.said) {
				t.Errorf("%q is not said in\n%s", tt.said, all)
			}
			cfg, _, err := decode(plan.Snapshot, nil)
			must(t, err)
			checks := 0
			for _, vs := range cfg.VirtualServers {
				checks += len(vs.RealServers[0].Checkers)
			}
			if len(cfg.VirtualServers) != tt.roles || checks != tt.checks {
				t.Errorf("%d virtual servers and %d checks for the children", len(cfg.VirtualServers), checks)
			}
		})
	}
}
