// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/netif"
	"vipward/watchdog"
)

// runIn runs the program in this process; only for what neither stays nor forks.
func runIn(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), append([]string{"vipward"}, args...), nil, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestVersion(t *testing.T) {
	t.Parallel()
	code, out, errs := runIn(t, "-v")
	if code != 0 || out != "" || !regexp.MustCompile(`(?s)^vipward v[0-9]\S+\n.*\nvipward v\S+ \(commit .+\), a drop-in replacement for keepalived\..*\nconfigure options: .*--enable-json`).MatchString(errs) {
		t.Errorf("-v: code %d, stdout %q, stderr %q", code, out, errs)
	}
}

// TestCalledAsKeepalived: programs read the release from the first line of -v, and look for
// the option in it that says that there is JSON.
func TestCalledAsKeepalived(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"/usr/sbin/keepalived", "-v"}, nil, strings.NewReader(""), &out, &errs)
	first, rest, _ := strings.Cut(errs.String(), "\n")
	found := regexp.MustCompile(`[kK]eepalived v(.*) `).FindStringSubmatch(first)
	if code != 0 || found == nil || found[1] != "2.4.3" {
		t.Errorf("-v: code %d, first line %q", code, first)
	}
	if !strings.Contains(rest, "--enable-json") || !strings.Contains(rest, "vipward ") {
		t.Errorf("-v goes on %q", rest)
	}
	id := identityOf("keepalived")
	if id.lineStart() != "Starting Keepalived v2.4.3 (07/20,2026)" || id.lineStopped() != "Stopped Keepalived v2.4.3 (07/20,2026)" {
		t.Errorf("log lines %q and %q", id.lineStart(), id.lineStopped())
	}
}

// The build stamps the version.
func TestVersionStamp(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "vipward")
	build := exec.Command("go", "build", "-ldflags", "-X main.version=1.2.3 -X main.commit=abc", "-o", bin, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	out, err := exec.Command(bin, "-v").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "vipward v1.2.3\n\nvipward v1.2.3 (commit abc), ") {
		t.Errorf("-v: %v, %q", err, out)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	code, out, errs := runIn(t, "-h")
	if code != 0 || out != "" || errs != helpText {
		t.Errorf("-h: code %d, stdout %q, stderr %q", code, out, errs)
	}
	// Every option is named.
	for _, opt := range (&scanner{}).optionTable() {
		if opt.short != 0 && !strings.Contains(helpText, "-"+string(opt.short)) {
			t.Errorf("the help does not name -%c", opt.short)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	if code, _, errs := runIn(t, "--bogus"); code != 1 || errs != "Unknown option --bogus\n" {
		t.Errorf("code %d, stderr %q", code, errs)
	}
	if code, out, _ := runIn(t, "--signum=RELOAD"); code != 0 || out != "1\n" {
		t.Errorf("code %d, stdout %q", code, out)
	}
}

// A child's role is not for people.
func TestRoleByHand(t *testing.T) {
	t.Parallel()
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{watchdog.VRRP.Argv0()}}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "started by the parent process only") {
		t.Errorf("%v, output %q", err, out)
	}
}

func TestConfigTest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct {
		name, text string
		code       int
		want       string
	}{
		{"clean", "global_defs {\n  router_id R1\n}\n", 0, ""},
		{"empty", "", 0, ""},
		{"unknown keyword", "global_defs {\n  bogus 1\n}\n", 5, ":2:3: "},
		{"brace", "global_defs {\n", 5, ":1:"},
		{"missing argument", "vrrp_instance VI_1 {\n  interface\n}\n", 2, ":2:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, tt.name+".conf")
			must(t, os.WriteFile(path, []byte(tt.text), 0o600))
			code, out, errs := runIn(t, "-t", "-f", path)
			if code != tt.code || out != "" || !strings.Contains(errs, tt.want) || (tt.want == "" && errs != "") {
				t.Errorf("code %d, want %d and %q; stdout %q, stderr:\n%s", code, tt.code, tt.want, out, errs)
			}
			result := filepath.Join(dir, tt.name+".out")
			code, _, toStderr := runIn(t, "--config-test="+result, "-f", path)
			if code != tt.code || toStderr != "" {
				t.Errorf("into a file: code %d, stderr %q", code, toStderr)
			}
			if diff := cmp.Diff(errs, readFile(t, result)); diff != "" {
				t.Errorf("file (-stderr +file):\n%s", diff)
			}
		})
	}
}

func TestConfigTestMissing(t *testing.T) {
	t.Parallel()
	code, _, errs := runIn(t, "-t", "-f", "/nonexistent")
	if code != 0 || !strings.HasPrefix(errs, "Config files missing '/nonexistent'.\n") {
		t.Errorf("code %d, stderr %q", code, errs)
	}
	if code, _, errs := runIn(t, "-t/nonexistent/out", "-f", "/nonexistent"); code != 1 || errs == "" {
		t.Errorf("no place for the messages: code %d, stderr %q", code, errs)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	vi, vs := []*conf.Instance{{}}, []*conf.VirtualServer{{}}
	full := &conf.Config{Instances: vi, VirtualServers: vs}
	tests := []struct {
		name string
		args string
		cfg  *conf.Config
		want []watchdog.Role
	}{
		{"both, the checker first", "", full, []watchdog.Role{watchdog.Checker, watchdog.VRRP}},
		{"-P", "-P", full, []watchdog.Role{watchdog.VRRP}},
		{"-C", "-C", full, []watchdog.Role{watchdog.Checker}},
		{"-P -C", "-P -C", full, []watchdog.Role{watchdog.Checker, watchdog.VRRP}},
		{"instances only", "", &conf.Config{Instances: vi}, []watchdog.Role{watchdog.VRRP}},
		{"static addresses only", "", &conf.Config{StaticAddresses: []conf.Address{{}}}, []watchdog.Role{watchdog.VRRP}},
		{"static routes only", "", &conf.Config{StaticRoutes: []conf.Route{{}}}, []watchdog.Role{watchdog.VRRP}},
		{"static rules only", "", &conf.Config{StaticRules: []conf.Rule{{}}}, []watchdog.Role{watchdog.VRRP}},
		{"servers only", "", &conf.Config{VirtualServers: vs}, []watchdog.Role{watchdog.Checker}},
		{"nothing", "", &conf.Config{}, nil},
		{"--all", "--all", &conf.Config{}, []watchdog.Role{watchdog.Checker, watchdog.VRRP}},
		{"-P for servers", "-P", &conf.Config{VirtualServers: vs}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, _ := parse(strings.Fields(tt.args)...)
			if diff := cmp.Diff(tt.want, o.roles(tt.cfg)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestChildEnv(t *testing.T) {
	t.Parallel()
	got := childEnv([]string{"PATH=/bin", "NOTIFY_SOCKET=/run/n", daemonEnv, "A=b"})
	if diff := cmp.Diff([]string{"PATH=/bin", "A=b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// All addresses of all instances go, on their own interface or the instance's.
func TestRemovals(t *testing.T) {
	t.Parallel()
	prefix := netip.MustParsePrefix("10.0.0.1/24")
	a, b, c := conf.Address{Prefix: prefix, Dev: "eth1"}, conf.Address{Prefix: prefix}, conf.Address{Prefix: prefix, Dev: "gone"}
	cfg := &conf.Config{Instances: []*conf.Instance{
		{Interface: "eth0", VIPs: []conf.Address{a, b}, ExcludedVIPs: []conf.Address{c, b}},
	}}
	index := func(name string) (int, bool) {
		i, ok := map[string]int{"eth0": 2, "eth1": 3}[name]
		return i, ok
	}
	want := []netif.Op{{Addr: &netif.Addr{Prefix: prefix, Index: 3}}, {Addr: &netif.Addr{Prefix: prefix, Index: 2}}}
	same := cmp.Comparer(func(x, y netif.Op) bool { return x.String() == y.String() })
	if diff := cmp.Diff(want, removals(cfg, index), same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An orphan that became our child is reaped; a child that somebody waits for is not.
func TestReapOrphans(t *testing.T) {
	must(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
	defer func() { must(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)) }()
	out, err := exec.Command("sh", "-c", "sleep 0.05 >/dev/null 2>&1 & echo $!").Output()
	must(t, err)
	orphan := atoi(t, strings.TrimSpace(string(out)))
	mine := exec.Command("true")
	must(t, mine.Start())
	owned := func(pid int) bool { return pid != orphan }
	for deadline := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		reapOrphans(owned)
		if gone(orphan) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the orphan is still there")
		}
	}
	if err := mine.Wait(); err != nil {
		t.Errorf("the child that is waited for: %v", err)
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n := 0
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	if n == 0 {
		t.Fatalf("not a pid: %q", s)
	}
	return n
}

func TestParentSignals(t *testing.T) {
	t.Parallel()
	var got []string
	for _, s := range parentSignals() {
		got = append(got, s.String())
	}
	want := []string{
		"hangup", "terminated", "interrupt", "user defined signal 1", "user defined signal 2", "broken pipe",
		"signal 63", "signal 36",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
