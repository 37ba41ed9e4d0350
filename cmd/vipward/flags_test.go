// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parsed is what a test looks at.
type parsed struct {
	Out, Err string
	Failed   bool
	Done     bool
}

func parse(args ...string) (options, parsed) {
	o, err := parseArgs("vipward", args)
	return o, parsed{Out: o.out, Err: o.err, Failed: err != nil, Done: o.done}
}

// The messages and outcomes of keepalived 2.2.7, as recorded; VERSION and HELP stand for
// our own texts.
func TestMessages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line string
		want parsed
	}{
		{"-v", parsed{Err: "VERSION", Done: true}},
		{"--version", parsed{Err: "VERSION", Done: true}},
		{"-h", parsed{Err: "HELP", Done: true}},
		{"--bogus", parsed{Err: "Unknown option --bogus\n", Failed: true}},
		{"-Z", parsed{Err: "Unknown option -Z\n", Failed: true}},
		{"-Z -v", parsed{Err: "Unknown option -Z\nVERSION", Done: true}},
		{"-Dq -v", parsed{Err: "Unknown option -q\nVERSION", Done: true}},
		{"-v -Z", parsed{Err: "VERSION", Done: true}},
		{"extra", parsed{Out: "Unexpected argument(s): extra\n"}},
		{"-n one -l two", parsed{Out: "Unexpected argument(s): one two\n"}},
		{"-- -v", parsed{Out: "Unexpected argument(s): -v\n"}},
		{"foo -v", parsed{Err: "VERSION", Done: true}},
		{"-t /nonexistent", parsed{Out: "Unexpected argument(s): /nonexistent\n"}},
		{"-f", parsed{Err: "Missing parameter for option -f\n", Failed: true}},
		{"-p", parsed{Err: "Missing parameter for option -p\n", Failed: true}},
		{"-i", parsed{Err: "Missing parameter for option -i\n", Failed: true}},
		{"-s", parsed{Err: "Missing parameter for option -s\n", Failed: true}},
		{"--vrrp_pid", parsed{Err: "Missing parameter for option --vrrp_pid\n", Failed: true}},
		{"--pid= -v", parsed{Err: "Missing parameter for option --pid\nVERSION", Done: true}},
		{"-p= -v", parsed{Err: "VERSION", Done: true}},
		{"-S 9", parsed{Err: "Invalid log facility '9'\n"}},
		{"-S local3 --version", parsed{Err: "VERSION", Done: true}},
		{"-u 022 -v", parsed{Err: "VERSION", Done: true}},
		{"-u zzz -v", parsed{Err: "Invalid --umask option zzz\nVERSION", Done: true}},
		{"-a --version", parsed{Err: "option -a is not supported yet, it is ignored\nVERSION", Done: true}},
		{"-lDPv", parsed{Err: "VERSION", Done: true}},
		{"-nlDv", parsed{Err: "VERSION", Done: true}},
		{"-M -v", parsed{Err: "option -M is not supported yet, it is ignored\nVERSION", Done: true}},
		{"--perf=bad -v", parsed{Err: "Unknown option --perf=bad\nVERSION", Done: true}},
		{"--debug=zz -v", parsed{Err: "Unknown option --debug=zz\nVERSION", Done: true}},
		{"--check=1 -v", parsed{Err: "Unknown option --check=1\nVERSION", Done: true}},
		{"--signum=STOP", parsed{Out: "15\n", Done: true}},
		{"--signum=RELOAD", parsed{Out: "1\n", Done: true}},
		{"--signum=DATA", parsed{Out: "10\n", Done: true}},
		{"--signum=STATS", parsed{Out: "12\n", Done: true}},
		{"--signum=STATS_CLEAR", parsed{Out: "63\n", Done: true}},
		{"--signum=JSON", parsed{Out: "36\n", Done: true}},
		{"--signum DATA", parsed{Out: "10\n", Done: true}},
		{"--signum=TDATA", parsed{Err: "Unknown sigfunc TDATA\n", Failed: true}},
		{"--signum=TERM", parsed{Err: "Unknown sigfunc TERM\n", Failed: true}},
		{"--signum=stop", parsed{Err: "Unknown sigfunc stop\n", Failed: true}},
		{"--signum=1", parsed{Err: "Unknown sigfunc 1\n", Failed: true}},
		{"--signum=", parsed{Err: "Missing parameter for option --signum\n", Failed: true}},
		{"-T -h", parsed{Err: "option -T is not supported yet\n", Failed: true}},

		// Ours.
		{"-x", parsed{Err: "option -x is not supported yet, it is ignored\n"}},
		{"--dont-re", parsed{Err: "Unknown option --dont-re\n", Failed: true}}, // ambiguous
		{"-", parsed{Out: "Unexpected argument(s): -\n"}},
		{"", parsed{}},
	}
	_, version := parse("-v")
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			_, got := parse(strings.Fields(tt.line)...)
			tt.want.Err = strings.ReplaceAll(tt.want.Err, "VERSION", version.Err)
			tt.want.Err = strings.ReplaceAll(tt.want.Err, "HELP", helpText)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line   string
		change func(*options)
	}{
		{"", func(*options) {}},
		{"-f /a", func(o *options) { o.config = "/a" }},
		{"-f/a", func(o *options) { o.config = "/a" }},
		{"--use-file /a", func(o *options) { o.config = "/a" }},
		{"--use-file=/a", func(o *options) { o.config = "/a" }},
		{"--use /a", func(o *options) { o.config = "/a" }},
		{"-f /a -f /b", func(o *options) { o.config = "/b" }},
		{"-f /a/../b", func(o *options) { o.config = "/b" }},
		{"-nlDf /a", func(o *options) { o.foreground, o.console, o.detail, o.config = true, true, true, "/a" }},
		{"-e", func(o *options) { o.reading.AllIncludes = true }},
		{"--all-config", func(o *options) { o.reading.AllIncludes = true }},
		{"-i high", func(o *options) { o.reading.ConfigID = "high" }},
		{"--config-id=high", func(o *options) { o.reading.ConfigID = "high" }},
		{"-D -D", func(o *options) { o.detail = true }},
		{"--dont-fork --log-console --log-detail", func(o *options) { o.foreground, o.console, o.detail = true, true, true }},
		{"-P", func(o *options) { o.vrrp = true }},
		{"--vrrp", func(o *options) { o.vrrp = true }}, // exact, although --vrrp_pid begins so
		{"-C", func(o *options) { o.checker = true }},
		{"-PC", func(o *options) { o.vrrp, o.checker = true, true }},
		{"--all", func(o *options) { o.all = true }}, // not --all-config
		{"-G -d -R", func(o *options) { o.noSyslog, o.dumpConfig, o.noRespawn = true, true, true }},
		{"-S 0", func(o *options) { o.facility = 16 }},
		{"-S local7", func(o *options) { o.facility = 23 }},
		{"-S user", func(o *options) { o.facility = 1 }},
		{"-S daemon", func(o *options) { o.facility = 3 }},
		{"-u 022", func(o *options) { o.umask = 0o22 }},
		{"-u 0x12", func(o *options) { o.umask = 0o22 }},
		{"-p /p -r /r -c /c", func(o *options) { o.pid, o.vrrpPID, o.checkerPID = "/p", "/r", "/c" }},
		{"--pid /p --vrrp_pid=/r --checkers_pid /c", func(o *options) { o.pid, o.vrrpPID, o.checkerPID = "/p", "/r", "/c" }},
		{"-t", func(o *options) { o.test = true }},
		{"-t/out", func(o *options) { o.test, o.testFile = true, "/out" }},
		{"--config-test", func(o *options) { o.test = true }},
		{"--config-test=/out", func(o *options) { o.test, o.testFile = true, "/out" }},
		{"-s blue", func(o *options) { o.namespace = "blue" }},
		{"--namespace=blue", func(o *options) { o.namespace = "blue" }},
		{"-B -b /b", func(*options) {}},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			want := options{
				identity: identityOf("vipward"), config: "/etc/keepalived/keepalived.conf", facility: 3, umask: -1,
				pid: "/run/keepalived.pid", vrrpPID: "/run/vrrp.pid", checkerPID: "/run/checkers.pid",
			}
			tt.change(&want)
			got, _ := parse(strings.Fields(tt.line)...)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(options{}, identity{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A daemon leaves its working directory, so paths must not depend on it.
func TestRelativePaths(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	o, _ := parse("-f", "k.conf", "-p", "p")
	if o.config != dir+"/k.conf" || o.pid != dir+"/p" {
		t.Errorf("config %q, pid %q, want both in %s", o.config, o.pid, dir)
	}
}

// Every option of the table can be reached, and no two share a name.
func TestOptionTable(t *testing.T) {
	t.Parallel()
	s := &scanner{}
	seen := map[string]bool{}
	for _, opt := range s.optionTable() {
		for _, name := range []string{string(opt.short), opt.long} {
			if name != "" && name != "\x00" && seen[name] {
				t.Errorf("two options are named %q", name)
			}
			seen[name] = true
		}
	}
	for _, name := range strings.Fields("f P C B l D S G X V I R n d p r c b a s e i x A u m M t v h T g") {
		if !seen[name] {
			t.Errorf("keepalived's option -%s is unknown", name)
		}
	}
}

// Nothing that a user can type makes the scanner panic or loop.
func FuzzParseArgs(f *testing.F) {
	f.Add("-lDPv -f x --use-file= --signum")
	f.Add("-t/x --all --al -- -v")
	f.Add("\x00 -\x00 --=")
	f.Fuzz(func(t *testing.T, line string) {
		o, err := parseArgs("vipward", strings.Split(line, " "))
		if err != nil && o.err == "" {
			t.Errorf("%q was refused without a word", line)
		}
	})
}
