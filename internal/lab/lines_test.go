// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

func TestLines(t *testing.T) {
	t.Parallel()
	l := newLines()
	var each []string
	if err := l.read(strings.NewReader("one\r\ntwo\nthree"), func(s string) { each = append(each, s) }); err != nil {
		t.Fatal(err)
	}
	want := []string{"one", "two", "three"}
	if diff := cmp.Diff(want, l.All()); diff != "" {
		t.Errorf("lines (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want, each); diff != "" {
		t.Errorf("lines seen as they came (-want +got)\n%s", diff)
	}
	if got := l.From(2); len(got) != 1 || got[0] != "three" {
		t.Errorf("from the second on: %q", got)
	}
	if l.Mark() != 3 || len(l.From(99)) != 0 {
		t.Errorf("mark %d, beyond the end %q", l.Mark(), l.From(99))
	}
	if n := l.Count(1, `^t`); n != 2 {
		t.Errorf("counted %d", n)
	}
}

func TestLinesWait(t *testing.T) {
	t.Parallel()
	l := newLines()
	r, w := io.Pipe()
	var g errgroup.Group
	g.Go(func() error { return l.read(r, nil) })
	tests := []struct {
		name    string
		write   string
		mark    int
		pattern string
		want    string // the line, or the error after "!"
	}{
		{"comes later", "ready 1\n", 0, `^ready \d$`, "ready 1"},
		{"is there", "", 0, `ready`, "ready 1"},
		{"only before the mark", "", 1, `ready`, `!no line "ready" within 10ms`},
		{"second one", "ready 2\n", 1, `ready`, "ready 2"},
		{"bad pattern", "", 0, `(`, "!error parsing regexp: missing closing ): `(`"},
	}
	for _, tt := range tests {
		if _, err := io.WriteString(w, tt.write); err != nil {
			t.Fatal(err)
		}
		limit := 10 * time.Second
		if strings.HasPrefix(tt.want, "!") {
			limit = 10 * time.Millisecond
		}
		got, err := l.wait(t.Context(), tt.mark, tt.pattern, limit)
		if err != nil {
			got = "!" + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.wait(t.Context(), 0, "absent", time.Minute); err == nil || !strings.Contains(err.Error(), "ended") {
		t.Errorf("after the end: %v", err)
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}
