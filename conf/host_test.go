// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeHost knows what its sets say.
type fakeHost struct {
	interfaces map[string]HostInterface
	accounts   string // words
	commands   string // words
}

func (h fakeHost) Interface(name string) (HostInterface, bool) {
	ifi, ok := h.interfaces[name]
	return ifi, ok
}
func (h fakeHost) User(name string) bool  { return h.has(h.accounts, name) }
func (h fakeHost) Group(name string) bool { return h.has(h.accounts, name) }

// gone is the error for a file that is not there.
type gone string

func (g gone) Error() string        { return string(g) + ": no such file" }
func (g gone) Is(target error) bool { return target == fs.ErrNotExist }

func (h fakeHost) Executable(name string) error {
	if !h.has(h.commands, name) {
		return gone(name)
	}
	return nil
}

func (fakeHost) has(words, name string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == name {
			return true
		}
	}
	return false
}

// goodHost has all that the tests name.
func goodHost() fakeHost {
	return fakeHost{
		interfaces: map[string]HostInterface{
			"eth0": {Multicast: true}, "eth1": {Multicast: true}, "lo": {Loopback: true}, "tun0": {},
		},
		accounts: "root u g", commands: "/c /n killall",
	}
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	const secure = "global_defs {\nenable_script_security\n}\n" // 3 lines
	tests := []struct {
		name, text string
		codes      []string
		exit       int
		ok         bool
	}{
		{name: "good", text: instanceText(), ok: true},
		{name: "no interface", text: instanceText("interface eth9"), codes: []string{"8:11 fatal interface-missing"}, exit: 5},
		{name: "loopback", text: instanceText("interface lo"), codes: []string{"8:11 fatal interface-unsuitable"}, exit: 5},
		{name: "no multicast", text: instanceText("interface tun0"), codes: []string{"8:11 warning no-multicast"}, exit: 5, ok: true},
		{name: "no multicast for unicast", text: instanceText("interface tun0\nunicast_peer {\n10.0.0.2\n}"), ok: true},
		{name: "interface of an address", text: instanceText("virtual_ipaddress {\n10.0.0.5 dev eth9\n10.0.0.6 dev eth1\n}"), codes: []string{"9:1 fatal interface-missing"}, exit: 5},
		{name: "interface of an excluded address", text: instanceText("virtual_ipaddress_excluded {\n10.0.0.5 dev eth9\n}"), codes: []string{"9:1 fatal interface-missing"}, exit: 5},
		{name: "script user", text: "global_defs {\nscript_user x y\n}", codes: []string{"2:13 error user-missing", "2:13 error user-missing"}, exit: 5, ok: true},
		{name: "script user that exists", text: "global_defs {\nscript_user u g\n}", ok: true},
		{name: "hook without security", text: instanceText("notify /n"), codes: []string{"8:8 warning script-security"}, exit: 6, ok: true},
		{name: "hook with security", text: secure + instanceText("notify /n"), ok: true},
		{name: "security is said once", text: instanceText("notify /n", "notify_master /n", "notify_stop /n"), codes: []string{"9:15 warning script-security"}, exit: 6, ok: true},
		{name: "missing hook is no violation", text: instanceText("notify /none"), codes: []string{"8:8 warning script-missing"}, ok: true},
		{name: "script", text: "vrrp_script c {\nscript \"killall -0 x\"\n}\n" + instanceText("track_script {\nc\n}"), codes: []string{"2:8 warning script-security"}, exit: 6, ok: true},
		{name: "missing script without an instance", text: secure + "vrrp_script c {\nscript \"/none -0 x\"\n}\n", ok: true},
		{name: "missing script", text: secure + "vrrp_script c {\nscript \"/none -0 x\"\n}\n" + instanceText(), codes: []string{"5:8 error script-missing"}, exit: 5, ok: true},
		{name: "user of a script", text: secure + "vrrp_script c {\nscript /c\nuser nobody\n}\n", codes: []string{"5:8 error user-missing"}, exit: 5, ok: true},
		{name: "arguments taken for a user", text: secure + instanceText("notify_fault /n fault"), codes: []string{"11:14 warning user-missing"}, ok: true},
		{name: "security outranks", text: instanceText("interface eth9", "notify /n"), codes: []string{"8:11 fatal interface-missing", "9:8 warning script-security"}, exit: 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			diff(t, "usable", tt.ok, l.CheckHost(goodHost()))
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
			diff(t, "exit code", tt.exit, TestExit(l.Diagnostics))
			diff(t, "without the files", len(l.Diagnostics), len(CheckHost(l.Config, goodHost())))
			for _, d := range l.Diagnostics {
				if d.Source == "" {
					t.Errorf("%s has no line", d)
				}
			}
		})
	}
}

func TestCheckHostOfFatal(t *testing.T) {
	t.Parallel()
	if loadText("vrrp_instance V {\n}").CheckHost(goodHost()) {
		t.Error("a configuration that cannot be run is usable")
	}
}

func TestCheckHostHint(t *testing.T) {
	t.Parallel()
	d := CheckHost(loadText(instanceText("notify_fault /n fault")).Config, goodHost())
	diff(t, "hint", "the words behind a script are its user and group: arguments go into the quotes of the command", d[0].Hint)
}

func TestSystem(t *testing.T) {
	t.Parallel()
	var h Host = System{}
	if ifi, ok := h.Interface("lo"); !ok || !ifi.Loopback {
		t.Errorf("lo: %+v, %v", ifi, ok)
	}
	if _, ok := h.Interface("no-such-if"); ok {
		t.Error("an interface that does not exist")
	}
	if !h.User("root") || !h.Group("root") {
		t.Error("no root")
	}
	if h.User("no-such-user") || h.Group("no-such-group") {
		t.Error("an account that does not exist")
	}
	dir := t.TempDir()
	plain, exec := filepath.Join(dir, "plain"), filepath.Join(dir, "exec")
	for name, mode := range map[string]os.FileMode{plain: 0o644, exec: 0o755} {
		if err := os.WriteFile(name, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{
		exec: true, "sh": true, "/bin/sh": true,
		plain: false, dir: false, filepath.Join(dir, "none"): false, "no-such-command-at-all": false,
	} {
		if err := h.Executable(name); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostServerScripts: what is missing of the scripts of virtual servers is no
// mistake of the text, as keepalived has it, except for the user of a check.
func TestHostServerScripts(t *testing.T) {
	t.Parallel()
	host := fakeHost{accounts: "root", commands: "/bin/true"}
	const security = "7:11 warning script-security"
	misc := func(rest string) string { return "MISC_CHECK {\nmisc_path " + rest + "\n}" }
	tests := []struct {
		name, rs string
		exit     int
		codes    []string
	}{
		{name: "hook", rs: `notify_up "/bin/true"`, exit: 6, codes: []string{"7:11 warning script-security"}},
		{name: "hook that is gone", rs: `notify_up "/bin/gone"`, codes: []string{"7:11 warning script-missing"}},
		{name: "hook of nobody", rs: `notify_up "/bin/true" nobody2`, codes: []string{"7:11 warning user-missing"}},
		{name: "hook of no group", rs: `notify_up "/bin/true" root nogroup2`, codes: []string{"7:11 warning user-missing"}},
		{name: "check", rs: misc("/bin/true"), exit: 6, codes: []string{"8:11 warning script-security"}},
		{name: "check that is gone", rs: misc("/bin/gone"), codes: []string{"8:11 warning script-missing"}},
		{name: "check of nobody", rs: misc("/bin/true\nuser nobody2"), exit: 5, codes: []string{"8:11 error user-missing"}},
		{name: "check of a user", rs: misc("/bin/true\nuser root root"), exit: 6, codes: []string{"8:11 warning script-security"}},
		{name: "said once", rs: "notify_up /bin/true\nnotify_down /bin/true", exit: 6, codes: []string{security}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(serverText(tt.rs))
			l.CheckHost(host)
			diff(t, "diagnostics", tt.codes, said(withoutNotes(l)))
			diff(t, "exit code", tt.exit, TestExit(l.Diagnostics))
		})
	}
}

// TestHostQuorumScripts: the hooks of the quorum are looked at as well.
func TestHostQuorumScripts(t *testing.T) {
	t.Parallel()
	l := loadText(serverText("", "quorum_up /bin/gone", "quorum_down /bin/true"))
	l.CheckHost(fakeHost{commands: "/bin/true"})
	diff(t, "diagnostics", []string{"5:11 warning script-missing", "6:13 warning script-security"}, said(withoutNotes(l)))
}
