// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

func TestScriptWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		unescape bool
		want     []string // as in TestWords, without the q
		unclosed int
	}{
		{name: "none", in: "  ", unclosed: -1},
		{name: "plain", in: "/bin/x a", want: []string{"1:/bin/x", "8:a"}, unclosed: -1},
		{name: "double quotes", in: `"/bin/x a" u`, want: []string{"1:/bin/x a", "12:u"}, unclosed: -1},
		{name: "single quotes", in: `'/bin/x a' u`, want: []string{"1:/bin/x a", "12:u"}, unclosed: -1},
		{name: "single in double", in: `"x 'a b'"`, want: []string{"1:x 'a b'"}, unclosed: -1},
		{name: "pieces join", in: `abc" d e"f`, want: []string{"1:abc d ef"}, unclosed: -1},
		{name: "two quoted pieces join", in: `"a""b"`, want: []string{"1:ab"}, unclosed: -1},
		{name: "empty string", in: `"" x`, want: []string{"1:", "4:x"}, unclosed: -1},
		{name: "pairs stay", in: `a\ b "c\"d"`, want: []string{`1:a\ b`, `6:c\"d`}, unclosed: -1},
		{name: "lone backslash goes", in: `a\`, want: []string{"1:a"}, unclosed: -1},
		{name: "no-break space separates", in: "a\u00a0b", want: []string{"1:a", "3:b"}, unclosed: -1},
		{name: "unclosed double", in: `a "b`, want: []string{"1:a"}, unclosed: 2},
		{name: "unclosed single", in: `'b c`, unclosed: 0},

		{name: "escaped blank", in: `a\ b c`, unescape: true, want: []string{"1:a b", "6:c"}, unclosed: -1},
		{name: "escaped quotes", in: `\"a\" \'b`, unescape: true, want: []string{`1:"a"`, `7:'b`}, unclosed: -1},
		{name: "letters", in: `a\n\t\r\a\b\f\v\E`, unescape: true, want: []string{"1:a\n\t\r\a\b\f\v\x1b"}, unclosed: -1},
		{name: "hexadecimal", in: `\x41\x4\xg`, unescape: true, want: []string{"1:A\x04xg"}, unclosed: -1},
		{name: "octal", in: `\101\7\1012`, unescape: true, want: []string{"1:A\aA2"}, unclosed: -1},
		{name: "control", in: `\cA\cz`, unescape: true, want: []string{"1:\x01\x1a"}, unclosed: -1},
		{name: "any other is itself", in: `\q\ü\\`, unescape: true, want: []string{`1:qü\`}, unclosed: -1},
		{name: "octal beyond a byte is cut", in: `\777`, unescape: true, want: []string{"1:\xff"}, unclosed: -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args, unclosed := scriptWords(physical("f", 1, tt.in, 0), tt.unescape)
			diff(t, "words", tt.want, listArgs(args))
			diff(t, "unclosed", tt.unclosed, unclosed)
		})
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     *Command
		codes    []string
	}{
		{name: "bare", in: `/bin/x`, want: &Command{Args: []string{"/bin/x"}}},
		{name: "quoted with arguments", in: `"/bin/x a b"`, want: &Command{Args: []string{"/bin/x", "a", "b"}}},
		{name: "single quotes keep blanks", in: `"/bin/x 'a b' c"`, want: &Command{Args: []string{"/bin/x", "a b", "c"}}},
		{name: "escaped quotes", in: `"/bin/x \"a b\""`, want: &Command{Args: []string{"/bin/x", `"a`, `b"`}}},
		{name: "user", in: `"/bin/x a" nobody`, want: &Command{Args: []string{"/bin/x", "a"}, User: "nobody"}},
		{name: "user and group", in: `/bin/x nobody nogroup`, want: &Command{Args: []string{"/bin/x"}, User: "nobody", Group: "nogroup"}},
		{
			name: "supplementary groups", in: `/bin/x nobody :nogroup`, want: &Command{Args: []string{"/bin/x"}, User: "nobody", Group: "nogroup", Supplementary: true},
		},
		{name: "pieces join before they are split", in: `/opt/x" a 'b c'"`, want: &Command{Args: []string{"/opt/x", "a", "b c"}}},
		{name: "blank in the path", in: `"'/opt/my x' a"`, want: &Command{Args: []string{"/opt/my x", "a"}}},
		{name: "escaped blank in the path", in: `"/opt/my\ x a"`, want: &Command{Args: []string{"/opt/my x", "a"}}},
		{name: "escapes without quotes", in: `/opt/\x41`, want: &Command{Args: []string{"/opt/A"}}},
		{name: "empty argument", in: `"/bin/x '' b"`, want: &Command{Args: []string{"/bin/x", "", "b"}}},
		{name: "empty path", in: `"'' b"`, codes: []string{"8:8 error value"}},
		{name: "comment sign in quotes", in: `"/bin/x #1"`, want: &Command{Args: []string{"/bin/x", "#1"}}},
		{name: "copied from the web", in: "\"/bin/x\u00a0a\"", want: &Command{Args: []string{"/bin/x", "a"}}, codes: []string{"8:15 warning odd-blank"}},
		{name: "empty", in: `""`, codes: []string{"8:8 error value"}},
		{name: "only blanks", in: `"  "`, codes: []string{"8:8 error value"}},
		{name: "open single quote inside", in: `"/bin/x 'a"`, codes: []string{"8:8 error value"}},
		{name: "open single quote", in: `'/bin/x`, codes: []string{"8:8 error quote"}},
		{name: "open double quote", in: `"/bin/x`, codes: []string{"8:8 error quote"}},
		{name: "missing", in: ``, codes: []string{"8:1 fatal missing-argument"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(instanceText("notify " + tt.in))
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
			if l.Fatal() {
				return
			}
			got := l.Config.Instances[0].Notify
			if got != nil {
				diff(t, "place", firstExtra, got.Pos.Line)
				got.Pos = Pos{}
			}
			diff(t, "command", tt.want, got)
		})
	}
}

// TestScriptPlaces: words that come out of parameters stand where those are used.
func TestScriptPlaces(t *testing.T) {
	t.Parallel()
	c := newCollector()
	var got []string
	s := newSource(memFiles{"f": "$A=x y 'z z'\nnotify ü${A} \"b c\" d"}, c, testOptions, func(l line) {
		args, _ := scriptWords(l.slice(keyLen(l.text), len(l.text)), true)
		got = listArgs(args)
	})
	s.main("f")
	diff(t, "words", []string{"8:üx", "9:y", "9:z z", "14:b c", "20:d"}, got)
}

// TestCommandPlaces: a mistake in an expanded command is said with the way there.
func TestCommandPlaces(t *testing.T) {
	t.Parallel()
	l := loadText("$N=\"/bin/x 'a\" root\n" + instanceText("notify $N"))
	d := l.Diagnostics[0]
	diff(t, "place", "f:9:8", d.Pos.String())
	diff(t, "chain", "in the expansion of $N defined at f:1:4, used at f:9:8", d.Chain[0].Text)
}
