// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
	"time"
)

func TestScript(t *testing.T) {
	t.Parallel()
	base := Script{Name: "s", Command: Command{Args: []string{"/s"}}, Interval: time.Second, Timeout: time.Second, Rise: 1, Fall: 1}
	with := func(f func(*Script)) *Script {
		s := base
		f(&s)
		return &s
	}
	tests := []struct {
		name, lines string
		want        *Script // nil: dropped
		codes       []string
	}{
		{name: "defaults", lines: "script /s", want: &base},
		{
			name: "everything", lines: "script \"/s -0 x\"\ninterval 2\ntimeout 1.5\nweight -60\nrise 2\nfall 3\nuser u g\ninit_fail",
			want: &Script{
				Name: "s", Command: Command{Args: []string{"/s", "-0", "x"}, User: "u", Group: "g"},
				Interval: 2 * time.Second, Timeout: 1500 * time.Millisecond, Weight: -60, Rise: 2, Fall: 3, InitFail: true,
			},
		},
		{name: "timeout follows interval", lines: "script /s\ninterval 7", want: with(func(s *Script) { s.Interval, s.Timeout = 7*time.Second, 7*time.Second })},
		{name: "no script", lines: "interval 2", codes: []string{"1:1 error dropped"}},
		{name: "arguments without quotes are lost", lines: "script /s -0 x", want: &base, codes: []string{"2:11 note argument-lost"}},
		{name: "interval 0", lines: "script /s\ninterval 0", want: &base, codes: []string{"3:10 error number"}},
		{name: "timeout 0", lines: "script /s\ninterval 5\ntimeout 0", want: with(func(s *Script) { s.Interval = 5 * time.Second }), codes: []string{"4:9 error number"}},
		{name: "rise and fall 0", lines: "script /s\nrise 0\nfall 0", want: &base, codes: []string{"3:6 error number", "4:6 error number"}},
		{name: "interval to the millisecond", lines: "script /s\ninterval 0.1234", want: with(func(s *Script) {
			s.Interval, s.Timeout = 123*time.Millisecond, 123*time.Millisecond
		}), codes: []string{"3:10 warning precision"}},
		{name: "weight out of range", lines: "script /s\nweight 300", want: &base, codes: []string{"3:8 error number"}},
		{name: "weight at the edge", lines: "script /s\nweight -254", want: with(func(s *Script) { s.Weight = -253 }), codes: []string{"3:8 error number"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText("vrrp_script s {\n" + tt.lines + "\n}")
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
			if tt.want == nil {
				diff(t, "scripts", 0, len(l.Config.Scripts))
				return
			}
			got := *l.Config.Scripts[0]
			got.Pos, got.Command.Pos = Pos{}, Pos{}
			diff(t, "script", *tt.want, got)
		})
	}
}

func TestTrackScript(t *testing.T) {
	t.Parallel()
	const scripts = "vrrp_script a {\nscript /a\nweight 5\n}\nvrrp_script b {\nscript /b\n}\n" // 7 lines
	tests := []struct {
		name, lines string
		want        []string // name and weight
		codes       []string
	}{
		{name: "weight of the script", lines: "a", want: []string{"a 5"}},
		{name: "weight of the entry", lines: "a weight -60\nb weight 0", want: []string{"a -60", "b 0"}},
		{name: "noreverse", lines: "a weight 2 noreverse", want: []string{"a 2"}},
		{name: "unknown", lines: "aa\nb", want: []string{"b 0"}, codes: []string{"16:1 error not-found"}},
		{name: "twice", lines: "a\na", want: []string{"a 5"}, codes: []string{"17:1 error duplicate"}},
		{name: "two on one line", lines: "a b", want: []string{"a 5"}, codes: []string{"16:3 warning extra-argument"}},
		{name: "bad weight", lines: "a weight x", want: []string{"a 5"}, codes: []string{"16:10 error number"}},
		{name: "weight missing", lines: "a weight", codes: []string{"16:3 error value"}},
		{name: "reverse", lines: "a weight 2 reverse", want: []string{"a 2 reverse"}},
		{name: "reverse alone", lines: "a reverse\nb", want: []string{"b 0"}, codes: []string{"16:3 warning extra-argument"}},
		{name: "defined later", lines: "c", codes: []string{"16:1 error not-found"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(scripts + instanceText("track_script {", tt.lines, "}") + "vrrp_script c {\nscript /c\n}\n")
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
			var got []string
			for _, tr := range l.Config.Instances[0].TrackScripts {
				got = append(got, strings.TrimSuffix(tr.Script.Name+" "+itoa(tr.Weight)+map[bool]string{true: " reverse"}[tr.Reverse], " "))
			}
			diff(t, "tracked", tt.want, got)
		})
	}
}

func TestTrackScriptHints(t *testing.T) {
	t.Parallel()
	l := loadText("vrrp_script chk_haproxy {\nscript /a\n}\n" + instanceText("track_script {\nchk_haprxy\n}"))
	diff(t, "misspelt", "did you mean chk_haproxy?", l.Diagnostics[0].Hint)
	l = loadText(instanceText("track_script {\na\n}") + "vrrp_script a {\nscript /a\n}\n")
	diff(t, "later", "move the definition of a before this line", l.Diagnostics[0].Hint)
}

// TestOwnerIgnoresWeights: the priority of an owner does not change.
func TestOwnerIgnoresWeights(t *testing.T) {
	t.Parallel()
	const scripts = "vrrp_script a {\nscript /a\nweight 5\n}\nvrrp_script b {\nscript /b\n}\n"
	l := loadText(scripts + instanceText("priority 255", "track_script {\na\nb\n}"))
	diff(t, "diagnostics", []string{"17:1 warning weight-ignored"}, said(l.Diagnostics))
	tracked := l.Config.Instances[0].TrackScripts
	if len(tracked) != 1 || tracked[0].Script.Name != "b" {
		t.Errorf("tracked: %v", tracked)
	}
}

// TestTrackedScriptWithoutCommand: what is wrong with the script is said there.
func TestTrackedScriptWithoutCommand(t *testing.T) {
	t.Parallel()
	l := loadText("vrrp_script a {\n}\n" + instanceText("track_script {\na\n}"))
	diff(t, "diagnostics", []string{"1:1 error dropped"}, said(l.Diagnostics))
	diff(t, "tracked", 0, len(l.Config.Instances[0].TrackScripts))
}

// TestScriptPointers: instances share the script of Config.Scripts.
func TestScriptPointers(t *testing.T) {
	t.Parallel()
	l := loadText("vrrp_script a {\nscript /a\n}\nvrrp_script a {\nscript /other\n}\n" + instanceText("track_script {\na\n}"))
	diff(t, "scripts", 2, len(l.Config.Scripts))
	if l.Config.Instances[0].TrackScripts[0].Script != l.Config.Scripts[0] {
		t.Error("the first script of the name is not the one that is tracked")
	}
}
