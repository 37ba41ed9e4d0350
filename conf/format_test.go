// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		in, want []string
	}{
		{"empty", nil, nil},
		{"only blank lines", []string{"", "  ", "\t"}, nil},
		{
			"blocks",
			[]string{"vrrp_instance   VI_1{", "state\tMASTER  ", "virtual_ipaddress {", "10.0.0.1/24   dev eth0", "}", "  }"},
			[]string{"vrrp_instance VI_1 {", "    state MASTER", "    virtual_ipaddress {", "        10.0.0.1/24 dev eth0", "    }", "}"},
		},
		{
			"brace on its own line",
			[]string{"global_defs", "{", "router_id R", "}"},
			[]string{"global_defs", "{", "    router_id R", "}"},
		},
		{
			"a block in one line, two braces in one",
			[]string{"a { b 1 }", "c {", "d {", "e", "} }", "f"},
			[]string{"a { b 1 }", "c {", "    d {", "        e", "} }", "f"},
		},
		{
			"one empty line in a row",
			[]string{"", "a", "", "", "b", "", ""},
			[]string{"a", "", "b"},
		},
		{
			"comments",
			[]string{"   # top", "a { # one", "  # two", "bb 1#three", "ccccc  2   ! four  ", "}"},
			[]string{"# top", "a { # one", "    # two", "    bb 1    #three", "    ccccc 2 ! four", "}"},
		},
		{
			"quotes keep their blanks",
			[]string{`script  "a   b"  x`, `script 'a   b'`, `notify "a  # b"  # c`},
			[]string{`script "a   b" x`, `script 'a   b'`, `notify "a  # b" # c`},
		},
		{
			"backslashes and open quotes are left alone",
			[]string{`  a  \#  b  # c `, `  a "b   c`},
			[]string{`a  \#  b  # c `, `a "b   c`},
		},
		{
			"definitions",
			[]string{"a {", "$X=1   2", "$Y= \\", "  b  {  \\", "  }", "c   ${X}{ ", "}"},
			[]string{"a {", "    $X=1   2", "    $Y= \\", "  b  {  \\", "  }", "    c ${X}{", "    }"},
		},
		{
			"alternatives",
			[]string{"@a  x {", "@a y  1", "@b x {", "@b y 2", "z 3", "}"},
			[]string{"@a x {", "    @a y 1", "@b x {", "    @b y 2", "    z 3", "}"},
		},
		{
			"sequences",
			[]string{"~LST({A,B}, {1,2})   real ${A} {", "w 1", "}"},
			[]string{"~LST({A,B}, {1,2}) real ${A} {", "    w 1", "}"},
		},
		{
			"includes",
			[]string{"a {", "include  x y{1,2}.conf", "}"},
			[]string{"a {", "    include  x y{1,2}.conf", "}"},
		},
		{
			"odd blanks, CRLF",
			[]string{"a {\r", "\u00a0\u00a0b\u00a0\u00a01\r", "}\r"},
			[]string{"a {", "    b 1", "}"},
		},
		{
			"more closed than open",
			[]string{"}", "}", "a {", "b", "}"},
			[]string{"}", "}", "a {", "    b", "}"},
		},
		{"a line with NUL", []string{"  a\x00 b  "}, []string{"  a\x00 b  "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := ""
			if len(tt.want) > 0 {
				want = strings.Join(tt.want, "\n") + "\n"
			}
			got := Format(strings.Join(tt.in, "\n"))
			diff(t, "text", want, got)
			diff(t, "the same again", got, Format(got))
		})
	}
}

// TestFormatKeepsTheLastLine: a final line feed is added and never doubled.
func TestFormatKeepsTheLastLine(t *testing.T) {
	t.Parallel()
	diff(t, "without", "a\n", Format("a"))
	diff(t, "with", "a\n", Format("a\n"))
}

// formattedFiles shows every file in the canonical layout.
type formattedFiles struct{ osFiles }

// Read implements fileSystem.
func (f formattedFiles) Read(name string) (string, error) {
	b, err := f.osFiles.Read(name)
	return Format(b), err
}

// samePlaceless compares configurations without their places.
func samePlaceless(a, b *Config) string {
	return cmp.Diff(a, b, sameMeaning, cmpopts.IgnoreTypes(Pos{}), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty())
}

// codesBut gives what is said without places, apart from some codes.
func codesBut(l *Loaded, but string) []string {
	var out []string
	for _, d := range l.Diagnostics {
		if d.Code != but {
			out = append(out, d.Severity.String()+" "+d.Code)
		}
	}
	return out
}

// checkFormat says whether a file, formatted, means the same. Only blanks that are none to
// keepalived go away.
func checkFormat(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	once := Format(string(b))
	if twice := Format(once); twice != once {
		t.Errorf("%s: not the same again:\n%s", path, cmp.Diff(once, twice))
	}
	before, after := Load(path), load(formattedFiles{}, path)
	diff(t, path+": what is said", codesBut(before, codeBlank.id), codesBut(after, codeBlank.id))
	if before.Fatal() || after.Fatal() {
		diff(t, path+": fatal", before.Fatal(), after.Fatal())
		return
	}
	if d := samePlaceless(before.Config, after.Config); d != "" {
		t.Errorf("%s: another configuration (-before +after):\n%s", path, d)
	}
}

// TestFormatMeansTheSame formats all configurations at hand.
func TestFormatMeansTheSame(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"testdata", "../examples", corpus} {
		if _, err := os.Stat(root); err != nil {
			t.Logf("no configurations at %s", root)
			continue
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.Contains(path, ".conf") {
				checkFormat(t, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzFormat: formatting is idempotent and changes nothing but the layout.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"a {\n b # c\n}\n", "@a x {\n$Y= \\\n {\n", "@{\n0", "@a{\n0\n}", "~LST({A,B}) x {", "\"a  b\" 'c  d'\\", "\u200b\u00a0a{", "a\x00\n\r\f\v"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := Format(text)
		if twice := Format(once); twice != once {
			t.Fatalf("%q becomes %q and then %q", text, once, twice)
		}
		before, after := loadText(text), loadText(once)
		if before.Fatal() || after.Fatal() {
			if before.Fatal() != after.Fatal() {
				t.Fatalf("%q: fatal %v, formatted %q: %v", text, before.Fatal(), once, after.Fatal())
			}
			return
		}
		if d := samePlaceless(before.Config, after.Config); d != "" {
			t.Fatalf("%q becomes %q and means something else:\n%s", text, once, d)
		}
	})
}
