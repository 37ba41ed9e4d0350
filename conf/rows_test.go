// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// inBlock gives a configuration with a line in the given block, and the number of
// that line.
func inBlock(name, line string) (text string, num int) {
	var before, after string
	switch name {
	case "":
	case "global_defs":
		before, after = "global_defs {\n", "}"
	case "vrrp_script":
		before, after = "vrrp_script s {\nscript /s\n", "}"
	case "vrrp_instance":
		before, after = strings.TrimSuffix(instanceText(), "}\n"), "}"
	case "vrrp_instance.authentication":
		before, after = strings.TrimSuffix(instanceText("authentication {\nauth_type PASS\nauth_pass x"), "}\n"), "}\n}"
	default:
		if before, after = inVRRP(name); before == "" {
			before, after = inServer(name)
		}
	}
	return before + line + "\n" + after, strings.Count(before, "\n") + 1
}

// eachRow runs f for every row of every table, with a name for messages.
func eachRow(f func(b *block, k keyword, where string)) {
	for _, b := range tables() {
		for _, k := range b.rows {
			f(b, k, b.where()+" "+k.name)
		}
	}
}

// on gives the codes of the diagnostics on a line, without those that say that a
// keyword is planned or deprecated.
func on(l *Loaded, num int) []string {
	var out []string
	for _, d := range l.Diagnostics {
		if d.Line == num && d.Code != codePlanned.id && d.Code != codeDeprecated.id {
			out = append(out, d.Severity.String()+" "+d.Code)
		}
	}
	return out
}

// unplanned gives the diagnostics of a load without the notes.
func unplanned(l *Loaded) []string { return said(withoutNotes(l)) }

func withoutNotes(l *Loaded) []Diagnostic {
	return slices.DeleteFunc(slices.Clone(l.Diagnostics), func(d Diagnostic) bool { return d.Severity == Note })
}

// read says whether the value of a row is read.
func read(k keyword) bool { return k.status == works || k.status == planned }

// TestBlocksForRows: what inBlock puts around a line has nothing wrong with it.
func TestBlocksForRows(t *testing.T) {
	t.Parallel()
	for _, b := range tables() {
		text, _ := inBlock(b.name, "")
		if got := unplanned(loadText(text)); len(got) > 0 {
			t.Errorf("%s: %v", b.where(), got)
		}
	}
}

// TestRowsNeedTheirArgument: a keyword alone is fatal if it needs a word, and
// nothing to complain of if the word may be left out.
func TestRowsNeedTheirArgument(t *testing.T) {
	t.Parallel()
	eachRow(func(b *block, k keyword, where string) {
		if k.sub != nil || !read(k) {
			return
		}
		optional := strings.HasPrefix(k.value.name, "[") || k.value.name == noValue.name
		text, num := inBlock(b.name, k.name)
		got := on(loadText(text), num)
		switch {
		case k.value.name == entries.name:
			diff(t, where, []string{"error missing-brace"}, got)
		case k.value.soft:
			diff(t, where, []string{"error value"}, got)
		case optional:
			if slices.Contains(got, "fatal missing-argument") {
				t.Errorf("%s: %v, though the argument may be left out", where, got)
			}
		default:
			diff(t, where, []string{"fatal missing-argument"}, got)
		}
	})
}

// TestRowsKeepTheirRange tries both ends of every range, and one beyond.
func TestRowsKeepTheirRange(t *testing.T) {
	t.Parallel()
	eachRow(func(b *block, k keyword, where string) {
		if k.value.lo == k.value.hi || k.sub != nil || !read(k) {
			return
		}
		for _, v := range []float64{k.value.lo, k.value.hi} {
			text, num := inBlock(b.name, k.name+" "+trimFloat(v))
			if got := on(loadText(text), num); slices.Contains(got, "error number") {
				t.Errorf("%s %s is refused: %v", where, trimFloat(v), got)
			}
		}
		for _, v := range []float64{k.value.lo - 2, k.value.hi + 2} {
			text, num := inBlock(b.name, k.name+" "+trimFloat(v))
			if got := on(loadText(text), num); !slices.Contains(got, "error number") && !slices.Contains(got, "fatal number") {
				t.Errorf("%s %s is accepted: %v", where, trimFloat(v), got)
			}
		}
	})
}

// TestRowsRefuseLetters: no number is read from a word.
func TestRowsRefuseLetters(t *testing.T) {
	t.Parallel()
	eachRow(func(b *block, k keyword, where string) {
		if k.value.lo == k.value.hi || k.sub != nil || !read(k) {
			return
		}
		text, num := inBlock(b.name, k.name+" abc")
		if got := on(loadText(text), num); len(got) != 1 || !strings.HasSuffix(got[0], " number") {
			t.Errorf("%s abc: %v", where, got)
		}
	})
}

// TestRowsWithoutBlock: braces behind an ordinary keyword are one diagnostic, and
// the keyword still counts.
func TestRowsWithoutBlock(t *testing.T) {
	t.Parallel()
	eachRow(func(b *block, k keyword, where string) {
		if k.sub != nil || k.status == later || k.value.name == entries.name {
			return
		}
		text, num := inBlock(b.name, k.name+" 1 {\nx y\n}")
		if got := on(loadText(text), num); !slices.Contains(got, "error brace") {
			t.Errorf("%s {: %v", where, got)
		}
	})
}

// TestBlocksNeedTheirBrace: a block without braces is one diagnostic.
func TestBlocksNeedTheirBrace(t *testing.T) {
	t.Parallel()
	eachRow(func(b *block, k keyword, where string) {
		if k.sub == nil {
			return
		}
		text, num := inBlock(b.name, k.name+" 10.0.0.1 80")
		diff(t, where, []string{"error missing-brace"}, on(loadText(text), num))
	})
}

// TestRowsToCome: each is named once and nothing else is wrong.
func TestRowsToCome(t *testing.T) {
	t.Parallel()
	eachRow(func(b *block, k keyword, where string) {
		if k.status != later {
			return
		}
		for _, line := range []string{k.name, k.name + " a b", k.name + " {\nx {\n}\n}"} {
			text, num := inBlock(b.name, line)
			l := loadText(text)
			diff(t, where, []string{"warning not-supported-yet"}, on(l, num))
			diff(t, where, 1, len(l.Diagnostics))
		}
	})
}

// TestRowsMisspelt: a keyword with two letters exchanged is recognized.
func TestRowsMisspelt(t *testing.T) {
	t.Parallel()
	eachRow(func(b *block, k keyword, where string) {
		wrong := exchange(k.name)
		if len(k.name) < 6 || b.find(wrong) != nil {
			return
		}
		text, num := inBlock(b.name, wrong)
		l := loadText(text)
		diff(t, where, []string{"warning unknown-keyword"}, on(l, num))
		if hint := withoutNotes(l)[0].Hint; !strings.HasPrefix(hint, "did you mean ") {
			t.Errorf("%s: %q is not recognized: %q", where, wrong, hint)
		}
	})
}

// exchange swaps the third and fourth letter.
func exchange(word string) string {
	if len(word) < 4 {
		return word
	}
	b := []byte(word)
	b[2], b[3] = b[3], b[2]
	return string(b)
}

// TestTimerRangesFitDurations: no range is larger than a time.Duration.
func TestTimerRangesFitDurations(t *testing.T) {
	t.Parallel()
	eachRow(func(_ *block, k keyword, where string) {
		if k.value.name == "SECONDS" && k.value.hi > float64(math.MaxInt64/int64(time.Second)) {
			t.Errorf("%s: up to %v seconds", where, k.value.hi)
		}
	})
}
