// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

const root = "../.."

// TestPagesAreCurrent: the pages of the repository are what the tables say. Run make docs.
func TestPagesAreCurrent(t *testing.T) {
	t.Parallel()
	pages, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Errorf("%v: run make docs", err)
			continue
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is stale, run make docs and look at the result (-want +got):\n%s", name, diff)
		}
	}
}

// TestRun writes the pages into an empty module, finds them current, and finds a stale one.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "docs/compatibility.md"), "head\n"+compatBegin+"STALE\n"+compatEnd+"tail\n")
	var out, errs bytes.Buffer
	if code := run([]string{"-root", dir, "-check"}, &out, &errs); code != 1 || strings.Count(out.String(), "\n") != 4 {
		t.Errorf("before: code %d, %q, %q", code, out.String(), errs.String())
	}
	if code := run([]string{"-root", dir}, &out, &errs); code != 0 {
		t.Errorf("write: code %d, %q", code, errs.String())
	}
	out.Reset()
	if code := run([]string{"-root", dir, "-check"}, &out, &errs); code != 0 || out.Len() > 0 {
		t.Errorf("after: code %d, %q", code, out.String())
	}
	write(t, filepath.Join(dir, "docs/vipward.conf.5"), "old")
	if code := run([]string{"-root", dir, "-check"}, &out, &errs); code != 1 || out.String() != "docs/vipward.conf.5\n" {
		t.Errorf("stale: code %d, %q", code, out.String())
	}
	compat, err := os.ReadFile(filepath.Join(dir, "docs/compatibility.md"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(compat); !strings.HasPrefix(text, "head\n") || !strings.HasSuffix(text, "tail\n") || strings.Contains(text, "STALE") {
		t.Errorf("only the marked part is replaced: %q", text)
	}
}

func TestRunErrors(t *testing.T) {
	t.Parallel()
	unmarked := t.TempDir()
	write(t, filepath.Join(unmarked, "docs/compatibility.md"), "no marks\n")
	for _, tt := range []struct {
		args []string
		code int
	}{
		{[]string{"-bogus"}, 2},
		{[]string{"-root", t.TempDir()}, 1},
		{[]string{"-root", unmarked}, 1},
	} {
		var out, errs bytes.Buffer
		if code := run(tt.args, &out, &errs); code != tt.code || errs.Len() == 0 {
			t.Errorf("%v: code %d, stderr %q", tt.args, code, errs.String())
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestMistakes: each example brings out the code that it is an example of, and one mistake
// is not reported twice at one place.
func TestMistakes(t *testing.T) {
	t.Parallel()
	list, err := mistakes()
	if err != nil {
		t.Fatal(err)
	}
	headings, plain := map[string]bool{}, 0
	for _, m := range list {
		if headings[m.heading()] {
			t.Errorf("two examples are called %q", m.heading())
		}
		headings[m.heading()] = true
		if !strings.HasPrefix(m.code, "lint-") {
			plain++
		}
		t.Run(m.heading(), func(t *testing.T) {
			t.Parallel()
			diags, err := m.diagnose()
			if err != nil {
				t.Fatal(err)
			}
			said := map[string]bool{}
			for _, d := range diags {
				if at := d.Pos.String() + d.Code + d.Message; said[at] {
					t.Errorf("said twice: %s", d)
				} else {
					said[at] = true
				}
			}
			if !slices.ContainsFunc(diags, func(d conf.Diagnostic) bool { return d.Code == m.code }) {
				t.Errorf("no %s in %v", m.code, diags)
			}
		})
	}
	if plain < 60 {
		t.Errorf("only %d mistakes", plain)
	}
}

// TestEveryCodeHasAnExample: the page is the golden file of each code.
func TestEveryCodeHasAnExample(t *testing.T) {
	t.Parallel()
	list, err := mistakes()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, m := range list {
		have[m.code] = true
	}
	for _, c := range conf.Codes() {
		if !have[c.ID] {
			t.Errorf("code %s has no example in mistakes.txt", c.ID)
		}
	}
}

// TestKeywordsAreDocumented: no row of a table is without its line, and all are on the page.
func TestKeywordsAreDocumented(t *testing.T) {
	t.Parallel()
	page, man := configurationPage(), manPage()
	n := 0
	for _, g := range groups() {
		for _, k := range g.keywords {
			n++
			if k.Doc == "" {
				t.Errorf("%s %s is not documented", g.title(), k.Name)
			}
			if !strings.Contains(page, "| `"+k.Name+"`") {
				t.Errorf("%s is not on the page", k.Name)
			}
			if !strings.Contains(man, roff(k.Name)) {
				t.Errorf("%s is not in the man page", k.Name)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d keywords", n)
	}
}

// TestPlannedBlocks: what stands in a block that does not work yet does not work either.
func TestPlannedBlocks(t *testing.T) {
	t.Parallel()
	opened := map[string]string{}
	for _, g := range groups() {
		for _, k := range g.keywords {
			if opened[g.name] == statusPlanned && k.Status != statusPlanned {
				t.Errorf("%s in the planned block %s is %s", k.Name, g.title(), k.Status)
			}
			if k.Sub != "" {
				opened[k.Sub] = k.Status
			}
		}
	}
}

// TestLinks: every link within a page has its heading.
func TestLinks(t *testing.T) {
	t.Parallel()
	diags, err := diagnosticsPage()
	if err != nil {
		t.Fatal(err)
	}
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	link := regexp.MustCompile(`\]\(#([^)]*)\)`)
	for name, page := range map[string]string{"configuration": configurationPage(), "diagnostics": diags} {
		anchors := map[string]bool{}
		for _, m := range heading.FindAllStringSubmatch(page, -1) {
			anchors[anchor(strings.ReplaceAll(m[1], "`", ""))] = true
		}
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			if !anchors[m[1]] {
				t.Errorf("%s: no heading for #%s", name, m[1])
			}
		}
	}
}

// TestManPage: man(1)'s formatter has nothing to complain of.
func TestManPage(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(manPage()) {
		if strings.HasPrefix(line, "'") {
			t.Errorf("a line that is a request by accident: %q", line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Logf("no groff: the page is not formatted")
		return
	}
	cmd := exec.Command(groff, "-man", "-Tutf8", "-ww", "-z")
	cmd.Stdin = strings.NewReader(manPage())
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}

func TestRoff(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		".x": `\&.x`, "'x": `\&'x`, `a\b`: `a\eb`, "a-b": `a\-b`, "": "",
	} {
		if got := roff(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got, want := roffText("use `-x` now"), `use \fB\-x\fR now`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		k    conf.Keyword
		want string
	}{
		{conf.Keyword{Sub: "x", Kind: "block"}, "{ block }"},
		{conf.Keyword{Kind: "-"}, ""},
		{conf.Keyword{Kind: "ENTRIES"}, "{ entries }"},
		{conf.Keyword{Kind: "NUMBER", Lo: 1, Hi: 255}, "NUMBER 1 to 255"},
		{conf.Keyword{Kind: "SECONDS", Lo: 0.001, Hi: 2147483647}, "SECONDS 0.001 to 2147483647"},
		{conf.Keyword{Kind: "MASTER or BACKUP"}, "MASTER or BACKUP"},
	} {
		if got := value(tt.k); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.k, got, tt.want)
		}
	}
}

func TestVisible(t *testing.T) {
	t.Parallel()
	if got, want := visible("a\x00\u00a0\xff\n"), "a␀⍽�\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := visible(strings.Repeat("x", 500) + "\ny\n"); got != strings.Repeat("x", maxShown)+"…\ny\n" {
		t.Errorf("%q", got)
	}
}
