// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vi is a complete instance with more lines in it.
func vi(lines ...string) string {
	return "vrrp_instance VI_1 {\n    interface lo0none\n    virtual_router_id 51\n    priority 100\n    garp_master_refresh 60\n" +
		"    virtual_ipaddress {\n        10.0.0.1/24\n    }\n" + strings.Join(lines, "\n") + "\n}\n"
}

// file writes a file and gives its name.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o640))
	return path
}

// A tool is the first word; anywhere else the word means what it means to keepalived.
func TestToolOf(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, want, rest string }{
		{"vipward check a b", "check", "a b"},
		{"vipward config dump x", "config dump", "x"},
		{"vipward config", "", ""},
		{"vipward config x", "", ""},
		{"vipward -n check", "", ""},
		{"vipward --check", "", ""},
		{"vipward -f check", "", ""},
		{"vipward", "", ""},
		{"vipward checks", "", ""},
	}
	for _, tt := range tests {
		got, rest, ok := toolOf(strings.Fields(tt.line))
		if got.name != tt.want || strings.Join(rest, " ") != tt.rest || ok != (tt.want != "") {
			t.Errorf("%s: %q with %q, want %q with %q", tt.line, got.name, rest, tt.want, tt.rest)
		}
	}
}

// Every tool has a help, refuses what it does not know, and is in the help of the program.
func TestToolsUsage(t *testing.T) {
	t.Parallel()
	for _, tool := range tools() {
		words := strings.Fields(tool.name)
		code, out, errs := runIn(t, append(words, "--help")...)
		if code != 0 || errs != "" || !strings.HasPrefix(out, "Usage: vipward "+tool.name+" ") {
			t.Errorf("%s --help: code %d, stdout %q, stderr %q", tool.name, code, out, errs)
		}
		code, out, errs = runIn(t, append(words, "--bogus")...)
		if code != exitFatal || out != "" || !strings.Contains(errs, "bogus") {
			t.Errorf("%s --bogus: code %d, stdout %q, stderr %q", tool.name, code, out, errs)
		}
		if !strings.Contains(helpText, "\n  "+tool.name+" ") || !strings.Contains(helpText, tool.doc) {
			t.Errorf("the help does not explain %s", tool.name)
		}
	}
}

func TestToolArguments(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"plan a b c", "drain", "drain 192.0.2.1", "undrain web", "weight 192.0.2.1:80", "weight 192.0.2.1:80 -1",
		"maintenance VI_1", "maintenance VI_1 maybe", "failover", "reload now", "status now", "events all", "explain a b", "doctor a b", "config dump", "config dump a b", "completion", "completion tcsh",
		"check --format xml a", "fmt -w", "fmt -w -d a", "config dump --format yaml a",
	} {
		if code, out, errs := runIn(t, strings.Fields(line)...); code != exitFatal || out != "" || errs == "" {
			t.Errorf("%s: code %d, stdout %q, stderr %q", line, code, out, errs)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	clean := file(t, "clean", vi())
	warns := file(t, "warns", vi("    bogus 1"))
	wrong := file(t, "wrong", vi("    priority 300"))
	tests := []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"clean", []string{clean}, 0, []string{"nothing to say\n"}},
		{"warning", []string{warns}, 0, []string{warns + ":9:5: warning: ", "[unknown-keyword]", "warning: 1\n"}},
		{"warning, strict", []string{"--strict", warns}, 2, []string{"[unknown-keyword]"}},
		{"error", []string{wrong}, 2, []string{":9:14: error: ", "[number]", "error: 1\n"}},
		{"missing", []string{"/nonexistent"}, 2, []string{"[file-missing]", "fatal: 1\n"}},
		{"host", []string{clean, "--host"}, 2, []string{"interface lo0none does not exist [interface-missing]"}},
		{"options behind the files", []string{clean, warns, "--strict"}, 2, []string{"[unknown-keyword]"}},
		{"a pair", []string{clean, file(t, "other", vi())}, 0, []string{"[lint-equal-priority]"}},
		{"a configuration id", []string{"--config-id", "b", file(t, "ids", "@a bogus 1\n@b bagus 1\n")}, 0, []string{":2:4: ", "warning: 1\n"}},
		{"words behind --", []string{"--", "--strict"}, 2, []string{"--strict"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := runIn(t, append([]string{"check"}, tt.args...)...)
			if code != tt.code || errs != "" {
				t.Errorf("code %d, want %d; stderr %q", code, tt.code, errs)
			}
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}

// Lints are for check alone: -t speaks as keepalived does.
func TestLintsAreNotTested(t *testing.T) {
	t.Parallel()
	k := file(t, "k", "vrrp_script s {\n script /bin/true\n interval 1\n timeout 2\n}\n")
	if _, out, _ := runIn(t, "check", k); !strings.Contains(out, "[lint-timeout]") {
		t.Errorf("check: %s", out)
	}
	if code, _, errs := runIn(t, "-t", "-f", k); strings.Contains(errs, "lint") {
		t.Errorf("-t: code %d, %s", code, errs)
	}
}

func TestCheckForms(t *testing.T) {
	t.Parallel()
	k := file(t, "k", vi("    priority 300"))
	code, out, _ := runIn(t, "check", "--format=json", k)
	var list []map[string]any
	must(t, json.Unmarshal([]byte(out), &list))
	if code != 2 || len(list) != 1 || list[0]["code"] != "number" || list[0]["file"] != k || list[0]["cause"] != "configuration" {
		t.Errorf("code %d, %v", code, list)
	}
	code, out, _ = runIn(t, "check", "--format", "sarif", k)
	var log struct {
		Version string
		Runs    []struct{ Results []map[string]any }
	}
	must(t, json.Unmarshal([]byte(out), &log))
	if code != 2 || log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) != 1 {
		t.Errorf("code %d, %s", code, out)
	}
}

func TestPlanTool(t *testing.T) {
	t.Parallel()
	old, next, broken := file(t, "old", vi()), file(t, "new", vi("    priority 150")), file(t, "broken", "vrrp_instance V {\n interface\n}\n")
	code, out, errs := runIn(t, "plan", old, next)
	want := "~ vrrp_instance VI_1\n    priority: 100 -> 150\n"
	if code != 0 || errs != "" || !strings.HasPrefix(out, want) {
		t.Errorf("code %d, stderr %q (-want +got):\n%s", code, errs, cmp.Diff(want, out))
	}
	if code, out, _ := runIn(t, "plan", old, old); code != 0 || !strings.HasPrefix(out, "No changes.\n") {
		t.Errorf("nothing: code %d, %s", code, out)
	}
	code, out, _ = runIn(t, "plan", "--format", "json", old, next)
	var plan struct {
		Changes []struct {
			Op, Kind, Name string
			Fields         []struct {
				Field    string
				Old, New float64
			}
		}
		Counts []map[string]any
	}
	must(t, json.Unmarshal([]byte(out), &plan))
	if code != 0 || len(plan.Changes) != 1 || plan.Changes[0].Fields[0].New != 150 || len(plan.Counts) == 0 {
		t.Errorf("code %d, %s", code, out)
	}
	for _, args := range [][]string{{old, broken}, {broken, old}, {old, "/nonexistent"}} {
		if code, out, errs := runIn(t, append([]string{"plan"}, args...)...); code != exitConfig || out != "" || !strings.Contains(errs, "fatal: ") {
			t.Errorf("%v: code %d, stdout %q, stderr %q", args, code, out, errs)
		}
	}
}

func TestConfigDump(t *testing.T) {
	t.Parallel()
	k := file(t, "k", vi("    authentication {\n auth_type PASS\n auth_pass hush\n }"))
	code, out, errs := runIn(t, "config", "dump", "--format", "json", k)
	var dump struct{ Instances []map[string]any }
	must(t, json.Unmarshal([]byte(out), &dump))
	if code != 0 || errs != "" || len(dump.Instances) != 1 || dump.Instances[0]["auth_pass"] != "********" {
		t.Errorf("code %d, stderr %q, %v", code, errs, dump)
	}
	code, out, _ = runIn(t, "config", "dump", k, "--format=text")
	if code != 0 || !strings.Contains(out, "vrrp_instance VI_1\n") || strings.Contains(out, "hush") {
		t.Errorf("code %d, %s", code, out)
	}
	if code, _, errs := runIn(t, "config", "dump", "/nonexistent"); code != exitConfig || !strings.Contains(errs, "does not exist") {
		t.Errorf("missing: code %d, stderr %q", code, errs)
	}
}

// A reader that is gone is an error, not a success.
func TestToolCannotWrite(t *testing.T) {
	t.Parallel()
	k := file(t, "k", vi())
	for _, line := range []string{"check " + k, "check --format json " + k, "check --format sarif " + k, "plan " + k + " " + k, "config dump " + k, "fmt " + k, "completion bash"} {
		var errs strings.Builder
		code := run(t.Context(), append([]string{"vipward"}, strings.Fields(line)...), nil, strings.NewReader(""), brokenWriter{}, &errs)
		if code != exitFatal || !strings.Contains(errs.String(), "broken pipe") {
			t.Errorf("%s: code %d, stderr %q", line, code, errs.String())
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) {
	return 0, os.NewSyscallError("write", errBrokenPipe{})
}

type errBrokenPipe struct{}

func (errBrokenPipe) Error() string { return "broken pipe" }

// The scripts are made of our words, and bash runs its own.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, errs := runIn(t, "completion", shell)
		if code != 0 || errs != "" {
			t.Errorf("%s: code %d, stderr %q", shell, code, errs)
		}
		for _, word := range []string{"check", "config", "dump", "sarif", "strict", "use-file", "vipward"} {
			if !strings.Contains(out, word) {
				t.Errorf("%s: no %s", shell, word)
			}
		}
	}
}

func TestBashCompletion(t *testing.T) {
	t.Parallel()
	_, script, _ := runIn(t, "completion", "bash")
	path := file(t, "completion", script)
	dir := filepath.Dir(path)
	tests := []struct {
		words string
		want  []string
	}{
		{"ch", []string{"check"}},
		{"co", []string{"config", "completion"}},
		{"--use", []string{"--use-file"}},
		{"check --st", []string{"--strict"}},
		{"check --format s", []string{"sarif"}},
		{"check compl", []string{"completion"}}, // the file
		{"config d", []string{"dump"}},
		{"config dump --format ", []string{"json", "text"}},
		{"completion z", []string{"zsh"}},
		{"-n --log-c", []string{"--log-console"}},
		{"failover VI_", []string{"VI_DB", "VI_WEB"}},
		{"drain 10", []string{"10.0.0.1:80"}},
		{"failover --fo", []string{"--force"}},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			t.Parallel()
			code := `vipward() { [[ $* == 'status --names' ]] && printf '%s\n' VI_DB VI_WEB 10.0.0.1:80; }
				source "$1"; read -ra COMP_WORDS <<<"vipward $2"; [[ $2 == *' ' ]] && COMP_WORDS+=('')
				COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _vipward; printf '%s\n' "${COMPREPLY[@]}"`
			cmd := exec.Command("bash", "-c", code, "bash", path, tt.words)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if diff := cmp.Diff(tt.want, strings.Fields(string(out))); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
