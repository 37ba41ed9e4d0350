// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// called is how a call of the program ended.
type called struct {
	Code     int
	Out, Err []string
}

var (
	// shown are the texts of -v and -h, which are each program's own.
	shown = regexp.MustCompile(`^$|^(Keepalived v|vipward |Usage: |Copyright|Built |Running on|Distro|Config options|System options|configure options|Commands|Options|Either |Accepted|  )`)
	// besides is what vipward says more: its own findings, and that an option has no effect.
	besides = regexp.MustCompile(`\[file-missing\]$|^option \S+ is not supported yet, it is ignored$`)
)

// TestCommandLineAsKeepalived calls both programs by the name keepalived, with command lines
// that end before anything runs.
func TestCommandLineAsKeepalived(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	host := lab.NewHost(t, "lb")
	programs := map[string]string{}
	for name, kind := range map[string]lab.Kind{"ours": lab.Vipward, "theirs": lab.Keepalived} {
		must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		programs[name] = filepath.Join(dir, name, "keepalived")
		must(t, os.Symlink(kind(t), programs[name]))
	}
	const missing = " -f /nonexistent"
	cases := []struct {
		args   string
		differ string // why the words differ; the exit status never does
	}{
		{"-v", ""},
		{"--version", ""},
		{"--vers", ""},
		{"-h", ""},
		{"-hv", ""},
		{"-Zv", ""},
		{"-lDPv", ""},
		{"-nlDv", ""},
		{"-V --version", ""},
		{"-S local3 --version", ""},
		{"-S 3 -v", ""},
		{"-u 022 -v", ""},
		{"--umask=022 -v", ""},
		{"-u zzz -v", "2.2.7 has no line end behind its complaint"},
		{"--bogus", ""},
		{"-Z", ""},
		{"--no-such=1 -v", ""},
		{"--perf=bad -v", ""},
		{"--debug=zz -v", ""},
		{"-f", ""},
		{"-p", ""},
		{"-r", ""},
		{"-c", ""},
		{"-b", ""},
		{"-i", ""},
		{"-s", ""},
		{"-S", ""},
		{"-M -v", ""},
		{"-m -v", ""},
		{"-x -v", ""},
		{"-a -v", ""},
		{"-B -v", ""},
		{"-T -h", ""},
		{"--genhash -h", ""},
		{"-S 9" + missing, ""},
		{"-n" + missing, ""},
		{"-l -t" + missing, ""},
		{"-n extra" + missing, "2.2.7 loses its line about the word"},
		{"-t" + missing, ""},
		{"-t --use-file=/nonexistent", ""},
		{"-t -f/nonexistent", ""},
		{"--config-test -f /nonexistent", ""},
		{"-g -v", "Debian's keepalived is built without log files"},
		{"--flush-log-file -v", "the same"},
		{"--signum=STOP", ""},
		{"--signum=RELOAD", ""},
		{"--signum=DATA", ""},
		{"--signum=STATS", ""},
		{"--signum=STATS_CLEAR", ""},
		{"--signum=JSON", ""},
		{"--signum JSON", ""},
		{"--signum=TDATA", ""},
		{"--signum=HUP", ""},
		{"--signum=stop", ""},
		{"--signum=1", ""},
		{"--signum", "2.2.7 names the option --X"},
	}
	for _, tt := range cases {
		t.Run(tt.args, func(t *testing.T) {
			theirs, ours := call(t, host, programs["theirs"], tt.args), call(t, host, programs["ours"], tt.args)
			if ours.Code != theirs.Code {
				t.Errorf("exit status %d, want %d", ours.Code, theirs.Code)
			}
			same := cmp.Diff(theirs, ours)
			switch {
			case same != "" && tt.differ == "":
				t.Errorf("(-keepalived +vipward):\n%s", same)
			case same == "" && tt.differ != "":
				t.Errorf("nothing differs any more: %s", tt.differ)
			}
		})
	}
}

// call calls a program and gives its words without the texts that are its own.
func call(t *testing.T, h *lab.Host, program, args string) called {
	t.Helper()
	cmd := exec.Command(program, strings.Fields(args)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := h.Do(cmd.Run)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return called{cmd.ProcessState.ExitCode(), words(out.String()), words(errs.String())}
}

func words(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n "); !shown.MatchString(line) && !besides.MatchString(line) {
			list = append(list, line)
		}
	}
	return list
}
