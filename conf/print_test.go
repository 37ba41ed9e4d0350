// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestPrint(t *testing.T) {
	t.Parallel()
	at := func(line, col int) Pos { return Pos{File: "f", Line: line, Col: col} }
	tests := []struct {
		name string
		d    Diagnostic
		want string
	}{
		{
			"all of it",
			Diagnostic{Pos: at(3, 5), Severity: Error, Code: "c", Message: "bad", Hint: "do", Source: "    priority x"},
			"f:3:5: error: bad [c]\n        priority x\n        ^\n    hint: do\n",
		},
		{
			"tabs keep the caret in its column",
			Diagnostic{Pos: at(3, 3), Severity: Warning, Code: "c", Message: "bad", Source: "\t\tx"},
			"f:3:3: warning: bad [c]\n    \t\tx\n    \t\t^\n",
		},
		{"whole file", Diagnostic{Pos: Pos{File: "f"}, Severity: Fatal, Code: "c", Message: "gone"}, "f: fatal: gone [c]\n"},
		{"no file", Diagnostic{Severity: Note, Code: "c", Message: "m"}, "note: m [c]\n"},
		{
			"end of the line",
			Diagnostic{Pos: at(1, 4), Code: "c", Message: "m", Source: "abc  \r"},
			"f:1:4: note: m [c]\n    abc\n       ^\n",
		},
		{
			"column behind the line",
			Diagnostic{Pos: at(1, 99), Code: "c", Message: "m", Source: "abc"},
			"f:1:99: note: m [c]\n    abc\n       ^\n",
		},
		{
			"no-break spaces count one column",
			Diagnostic{Pos: at(1, 3), Code: "c", Message: "m", Source: "\u00a0\u00a0x"},
			"f:1:3: note: m [c]\n      x\n      ^\n",
		},
		{
			"nothing that a terminal would obey",
			Diagnostic{Pos: at(1, 1), Code: "c", Message: "word \x1b[31m", Source: "\x1b[2Jx\x07"},
			"f:1:1: note: word ?[31m [c]\n    ?[2Jx?\n    ^\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			Print(&b, []Diagnostic{tt.d})
			diff(t, "output", tt.want, b.String())
		})
	}
}

func TestPrintLongLine(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	Print(&b, []Diagnostic{{Pos: Pos{File: "f", Line: 1, Col: 5001}, Message: "m", Source: strings.Repeat("x", 5000) + "!" + strings.Repeat("y", 5000)}})
	lines := strings.Split(b.String(), "\n")
	if n := len(lines[1]); n > excerptWidth+4 {
		t.Errorf("the excerpt has %d characters", n)
	}
	if i := strings.IndexByte(lines[2], '^'); lines[1][i] != '!' {
		t.Errorf("the caret is under %q", lines[1][i])
	}
}

func TestMaskSecrets(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"auth_pass geheim", "auth_pass ********"},
		{"  auth_pass   \"ge heim\"  # x", "  auth_pass ********"},
		{"authentication { auth_type PASS", "authentication { auth_type PASS"},
		{"authentication { auth_type PASS auth_pass x }", "authentication { auth_type PASS ********"},
		{"auth_pas", "auth_pas"},
		{"auth_passs geheim", "auth_passs ********"},
		{"AUTH_PASS geheim", "AUTH_PASS ********"},
		{"password: x", "password: ********"},
		{"key 1 hex:00ff", "key ********"},
		{"    key 1 geheim", "    key ********"},
		{"\u00a0auth_pass\u00a0geheim", "\u00a0auth_pass ********"},
		{"İ auth_pass geheim", "********"},
		{"priority 5", "priority 5"},
	}
	for _, tt := range tests {
		if got := maskSecrets(tt.in); got != tt.want {
			t.Errorf("maskSecrets(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestNoSecretIsPrinted puts a password into every kind of mistake.
func TestNoSecretIsPrinted(t *testing.T) {
	t.Parallel()
	const secret = "gEheim99"
	for _, body := range []string{
		"auth_type PASS\nauth_pass " + secret + "long",
		"auth_type PASS\nauth_pass \"" + secret,
		"auth_type PASS\nauth_pass " + secret + " {\n}",
		"auth_type PASS\nauth_passw " + secret,
		"auth_type MD5\nauth_pass " + secret,
		"auth_type PASS; auth_pass " + secret,
		"auth_pass\u00a0" + secret,
		"auth_pass “" + secret + "”",
	} {
		l := loadText(instanceText("authentication {", body, "}"))
		if len(l.Diagnostics) == 0 {
			t.Errorf("%q: nothing to say", body)
		}
		var b strings.Builder
		Print(&b, l.Diagnostics)
		fmt.Fprintf(&b, "%v %+v", l.Diagnostics, l.Config)
		if strings.Contains(b.String(), secret) {
			t.Errorf("%q shows the password:\n%s", body, b.String())
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	const s = Secret("geheim")
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "plain", s, "inside", struct{ S Secret }{s}, "any", any(s))
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "plain", s, "inside", struct{ S Secret }{s}, "any", any(s))
	fmt.Fprintf(&b, "%s %v %+v %#v %q %x %v", s, s, s, s, s, s, []Secret{s})
	if strings.Contains(b.String(), "geheim") || strings.Contains(b.String(), fmt.Sprintf("%x", "geheim")) {
		t.Errorf("the secret is shown: %s", b.String())
	}
}

func TestSeverityWords(t *testing.T) {
	t.Parallel()
	for s, want := range map[fmt.Stringer]string{
		Note: "note", Warning: "warning", Error: "error", Fatal: "fatal",
		FromConfiguration: "configuration", FromEnvironment: "environment",
	} {
		diff(t, want, want, s.String())
	}
}

func TestTestExit(t *testing.T) {
	t.Parallel()
	d := func(s Severity, c Class) Diagnostic { return Diagnostic{Severity: s, Class: c} }
	tests := []struct {
		name string
		list []Diagnostic
		want int
	}{
		{"nothing", nil, 0},
		{"notes do not count", []Diagnostic{d(Note, ClassGeneral)}, 0},
		{"not found", []Diagnostic{d(Error, ClassNotFound)}, 4},
		{"bad interface", []Diagnostic{d(Error, ClassBadInterface)}, 4},
		{"fatal class alone", []Diagnostic{d(Fatal, ClassFatal)}, 4},
		{"fatal class with a warning", []Diagnostic{d(Fatal, ClassFatal), d(Warning, ClassGeneral)}, 5},
		{"unknown keyword", []Diagnostic{d(Warning, ClassUnknownKeyword)}, 5},
		{"deprecated", []Diagnostic{d(Warning, ClassDeprecated)}, 5},
		{"security hides all", []Diagnostic{d(Fatal, ClassGeneral), d(Warning, ClassSecurity), d(Error, ClassBrace)}, 6},
		{"missing argument stops at once", []Diagnostic{d(Warning, ClassSecurity), d(Fatal, ClassMissingParameter)}, 2},
	}
	for _, tt := range tests {
		if got := TestExit(tt.list); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
