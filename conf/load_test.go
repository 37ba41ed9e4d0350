// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBroken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text    string
		broken, fatal bool
	}{
		{"good", instanceText(), false, false},
		{"unknown keyword", instanceText("nonsense"), false, false},
		{"bad value", instanceText("priority 999"), false, false},
		{"missing brace", strings.TrimSuffix(instanceText(), "}\n"), true, false},
		{"extra brace", instanceText() + "}", true, false},
		{"open quote", instanceText(`notify "/x`), true, false},
		{"missing argument", instanceText("priority"), true, true},
		{"missing virtual_router_id", "vrrp_instance V {\ninterface eth0\n}", true, true},
		{"failing include", "includea none\n" + instanceText(), true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			diff(t, "broken", tt.broken, l.Broken())
			diff(t, "fatal", tt.fatal, l.Fatal())
		})
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	l := load(memFiles{}, "/etc/none.conf")
	diff(t, "missing", true, l.Missing)
	diff(t, "fatal", true, l.Fatal())
	diff(t, "exit code of a test, as keepalived", 0, TestExit(l.Diagnostics))
	diff(t, "message", "configuration file /etc/none.conf does not exist", l.Diagnostics[0].Message)
	l = load(memFiles{"f*": ""}, "f")
	diff(t, "executable", "configuration file f is executable and therefore not read", l.Diagnostics[0].Message)
}

func TestLoadFromDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	main := filepath.Join(dir, "keepalived.conf")
	part := filepath.Join(dir, "conf.d", "vi.conf")
	if err := os.MkdirAll(filepath.Dir(part), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{main: "include conf.d/*.conf\n", part: instanceText()} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := Load(main)
	diff(t, "diagnostics", []string{}, said(l.Diagnostics))
	diff(t, "files", []string{main, part}, l.Files)
	diff(t, "place", part, l.Config.Instances[0].Pos.File)
}

// TestDiagnosticsAreSorted: by file in the order of reading, line and column.
func TestDiagnosticsAreSorted(t *testing.T) {
	t.Parallel()
	l := load(memFiles{"z": "b1\ninclude a\nb2", "a": "c1\nc2"}, "z")
	var got []string
	for _, d := range l.Diagnostics {
		got = append(got, d.Pos.String())
	}
	diff(t, "places", []string{"z:1:1", "z:3:1", "a:1:1", "a:2:1"}, got)
}

// TestNoCascades: one mistake is one diagnostic.
func TestNoCascades(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		codes      []string
	}{
		{"unknown block", instanceText("use_vmacs {", "a 1", "b {", "c", "}", "}"), []string{"8:1 warning unknown-keyword"}},
		{"planned block", "bfd_instance b {\nneighbor_ip 10.0.0.9\n}\n" + instanceText(), []string{"1:1 note planned"}},
		{"block behind an ordinary keyword", instanceText("priority 50 {", "a", "}"), []string{"8:13 error brace"}},
		{
			"brace too many inside an instance", "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n" +
				"priority 100\nadvert_int 1\nnopreempt\nauthentication {\nauth_type PASS\n}\n}\n" + instanceText(),
			[]string{"8:1 warning unknown-keyword", "14:1 error brace"},
		},
		{
			"brace too few before the next instance", "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n" + instanceText(),
			[]string{"1:17 error brace"},
		},
		{"parameter that is not defined", instanceText("priority ${A}"), []string{"8:10 error parameter"}},
		{"parameter that opens a block", "vrrp_instance ${V} {\n" + strings.SplitN(instanceText(), "\n", 2)[1], []string{"1:15 error parameter"}},
		{"parameter that contains itself", "$A=${A}\n" + instanceText("priority ${A}", "nonsense"), []string{"9:10 fatal parameter-loop"}},
		{"pasted from the web", strings.ReplaceAll(instanceText("priority 50", "state BACKUP"), "\n", "\n\u00a0\u00a0"), []string{"2:1 warning odd-blank"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, "diagnostics", tt.codes, said(loadText(tt.text).Diagnostics))
		})
	}
}

// TestForgottenBraceKeepsTheRest: the instance behind it works.
func TestForgottenBraceKeepsTheRest(t *testing.T) {
	t.Parallel()
	l := loadText("vrrp_instance V {\ninterface eth1\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n" + instanceText())
	diff(t, "instances", 2, len(l.Config.Instances))
	diff(t, "message", "missing '}': the block vrrp_instance that is opened here is not closed before vrrp_instance on line 7", l.Diagnostics[0].Message)
}

// TestExtraWordsAreIgnored, as keepalived does.
func TestExtraWordsAreIgnored(t *testing.T) {
	t.Parallel()
	vi, codes := instance(t, "priority 50 is what I want", "state BACKUP really")
	diff(t, "priority", uint8(50), vi.Priority)
	diff(t, "diagnostics", []string{}, codes)
}

func TestQuotedKeyword(t *testing.T) {
	t.Parallel()
	vi, codes := instance(t, `"priority" "50"`)
	diff(t, "priority", uint8(50), vi.Priority)
	diff(t, "diagnostics", []string{}, codes)
}
