// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// withoutServers cuts the snapshot of a text.
func withoutServers(t *testing.T, l *Loaded) (whole, part []byte) {
	t.Helper()
	whole, err := l.Snapshot()
	if err != nil {
		t.Fatalf("%v: %v", err, l.Diagnostics)
	}
	return whole, l.WithoutServers(whole)
}

// What the vrrp child reads is the same with and without the servers.
func TestWithoutServers(t *testing.T) {
	t.Parallel()
	vs := serverText("")
	for name, tt := range map[string]struct {
		text string
		cut  bool // something can be left out
	}{
		"no servers":              {instanceText(), false},
		"servers alone":           {vs, true},
		"between others":          {instanceText() + "\n" + vs + "\nglobal_defs {\nrouter_id X\n}\n" + vs, true},
		"everything":              {everything, true},
		"brace on its own line":   {strings.Replace(vs, " {", "\n{", 1) + "\n" + instanceText(), true},
		"two blocks in one line":  {strings.TrimSpace(vs) + " " + instanceText(), false},
		"SSL":                     {"SSL {\npassword x\n}\n" + instanceText(), true},
		"keyword without a block": {instanceText() + "\nvirtual_server 10.0.0.9 80\n" + vs, true},
		"its name elsewhere":      {"global_defs {\nrouter_id virtual_server\n}\n" + instanceText() + vs, true},
		"quoted braces":           {strings.Replace(vs, "{", "{\nquorum_up \"/bin/x } {\"", 1) + instanceText(), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			whole, part := withoutServers(t, l)
			got, err := FromSnapshot(part)
			if err != nil {
				t.Fatal(err)
			}
			if cut := len(part) < len(whole); cut != tt.cut {
				t.Errorf("%d of %d bytes are left, want something cut: %v", len(part), len(whole), tt.cut)
			}
			want := *l.Config
			if tt.cut {
				want = l.Config.withoutServers()
			}
			diff(t, "configuration", &want, got)
		})
	}
}

// A missing brace must not take an instance along.
func TestWithoutServersOfABrokenText(t *testing.T) {
	t.Parallel()
	vs := strings.TrimSpace(serverText(""))
	l := loadText(strings.TrimSuffix(vs, "}") + "\n" + instanceText())
	whole, part := withoutServers(t, l)
	if len(l.Config.Instances) == 0 || !bytes.Equal(whole, part) {
		t.Errorf("%d of %d bytes are left, of %d instances", len(part), len(whole), len(l.Config.Instances))
	}
}

// A large director costs the vrrp child nothing.
func TestWithoutManyServers(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(instanceText())
	for n := range 3000 {
		fmt.Fprintf(&b, "virtual_server 10.1.%d.%d 80 {\nlb_kind NAT\nreal_server 10.2.%d.%d 80 {\nTCP_CHECK {\n}\n}\n}\n", n/250, n%250, n/250, n%250)
	}
	l := loadText(b.String())
	whole, part := withoutServers(t, l)
	small, err := loadText(instanceText()).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Config.VirtualServers) != 3000 || len(whole) < 100*len(part) || len(part) > 2*len(small) {
		t.Errorf("%d of %d bytes are left, want about %d", len(part), len(whole), len(small))
	}
}

func TestWithoutServersOfExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../examples/*/*.conf")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		l := Load(file)
		whole, part := withoutServers(t, l)
		if many := len(l.Config.VirtualServers) > 0; many != (len(part) < len(whole)) {
			t.Errorf("%s: %d of %d bytes are left, servers: %v", file, len(part), len(whole), many)
		}
	}
}
