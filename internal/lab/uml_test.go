// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMachine runs a program in the lab kernel: arguments, environment, folder and exit
// status arrive.
func TestMachine(t *testing.T) {
	if InLabKernel() {
		t.Fatal("the lab's own tests belong outside")
	}
	t.Setenv("LAB_TEST", "it's $HOME; \"quoted\"\nand long")
	var out []string
	m := machine{
		args:  []string{"/bin/sh", "-c", `printf '%s\n' "$@" "$LAB_TEST" "$PWD"; uname -r; exit 7`, "sh", "a b", "'", "$x"},
		limit: time.Minute,
		line:  func(s string) { out = append(out, s) },
	}
	code, err := m.run(t.Context())
	if err != nil || code != 7 {
		t.Fatalf("exit status %d, %v: %q", code, err, out)
	}
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a b", "'", "$x", `it's $HOME; "quoted"`, "and long", cwd}
	if diff := cmp.Diff(want, out[:min(len(out), len(want))]); diff != "" {
		t.Errorf("output (-want +got)\n%s", diff)
	}
	leftMachines(t)
}

// TestMachineTimeLimit ends a machine that hangs, with all its processes.
func TestMachineTimeLimit(t *testing.T) {
	t.Parallel()
	m := machine{args: []string{"/bin/sleep", "1000"}, limit: time.Second, line: func(string) {}}
	if code, err := m.run(t.Context()); err == nil || !strings.Contains(err.Error(), "not done within 1s") {
		t.Errorf("exit status %d, %v", code, err)
	}
	leftMachines(t)
}

// leftMachines fails when a folder of this process is left.
func leftMachines(t *testing.T) {
	t.Helper()
	cache, err := cacheDir()
	if err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(cache, fmt.Sprintf("uml-%d-*", os.Getpid())))
	if err != nil || len(left) > machines-1 { // another test of this process may run one
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", "two words", "it's", "$HOME `id` \\", "a\nb", "''", "-n"} {
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quote(s))
		if s == "-n" {
			cmd = exec.CommandContext(t.Context(), "sh", "-c", "printf %s -- "+quote(s))
		}
		cmd.Stdout = &out
		if err := cmd.Run(); err != nil || strings.TrimPrefix(out.String(), "--") != s {
			t.Errorf("%q came back as %q, %v", s, out.String(), err)
		}
	}
}

func TestShellName(t *testing.T) {
	t.Parallel()
	names := map[string]bool{
		"PATH": true, "_x9": true, "a": true, "": false, "9a": false, "BASH_FUNC_x%%": false, "a-b": false, "ä": false,
	}
	for name, want := range names {
		if got := shellName(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

func TestExactly(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, matches, not string }{
		{"TestA", "TestA", "TestAB"},
		{"TestA/b", "TestA", "TestA2"},
		{"TestA(x)", "TestA(x)", "TestAx"},
	}
	for _, tt := range tests {
		first, _, _ := strings.Cut(exactly(tt.name), "/")
		re := regexp.MustCompile(first)
		if !re.MatchString(tt.matches) || re.MatchString(tt.not) {
			t.Errorf("pattern %q of %q", exactly(tt.name), tt.name)
		}
	}
	if got := exactly("TestA/b c"); got != "^TestA$/^b c$" {
		t.Errorf("subtest: %q", got)
	}
}

// TestBootMessages keeps what the kernel says until the program starts.
func TestBootMessages(t *testing.T) {
	t.Parallel()
	var boot strings.Builder
	var out []string
	m := machine{line: func(s string) { out = append(out, s) }}
	each := m.splitter(&boot)
	for _, line := range []string{"Linux", "modules", bootMarker, "hello", bootMarker, "power off"} {
		each(line)
	}
	if boot.String() != "Linux\nmodules\npower off\n" || len(out) != 1 || out[0] != "hello" {
		t.Errorf("boot %q, output %q", boot.String(), out)
	}
}
