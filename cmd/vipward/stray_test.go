// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStrayWord: a word in the place of a command never starts a daemon, except by
// keepalived's name.
func TestStrayWord(t *testing.T) {
	t.Parallel()
	tests := []struct{ call, want string }{
		{"vipward sttus -n", `vipward: unknown command "sttus"; did you mean status? (vipward -h lists commands and options)`},
		{"/usr/sbin/vipward restart", `vipward: unknown command "restart" (vipward -h lists commands and options)`},
		{"vipward -n sttus", ""},
		{"vipward", ""},
		{"keepalived sttus", ""},
	}
	for _, tt := range tests {
		if got, ok := strayWord(strings.Fields(tt.call)); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, %v, want %q", tt.call, got, ok, tt.want)
		}
	}
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"vipward", "sttus", "-t", "-f", "/nonexistent"}, nil, nil, &out, &errs)
	if code != exitFatal || !strings.Contains(errs.String(), "did you mean status?") {
		t.Errorf("exit %d, %q", code, errs.String())
	}
}

// TestPlanSaysWhatIsWrong: a plan that comes from a value which was not understood says so.
func TestPlanSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, priority string) string {
		path := filepath.Join(dir, name)
		text := "vrrp_instance V {\n  interface eth0\n  virtual_router_id 1\n  priority " + priority + "\n  virtual_ipaddress {\n    192.0.2.1\n  }\n}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"vipward", "plan", write("old", "150"), write("new", "300")}, nil, nil, &out, &errs)
	if code != exitOK || !strings.Contains(out.String(), "150 -> 100") || !strings.Contains(errs.String(), "new:4:12: error: ") {
		t.Errorf("exit %d, %q, %q", code, out.String(), errs.String())
	}
}
