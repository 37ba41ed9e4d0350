// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

var (
	seed  = flag.Uint64("seed", 1, "of the generator; 0: another one each time")
	count = flag.Int("count", 2000, "configurations to compare")
)

// newJudge makes the host on which both are asked.
func newJudge(t *testing.T) *Judge {
	t.Helper()
	net := lab.NewNet(t)
	host := net.Host("judge", "10.0.0.1/24")
	net.Join(host, "10.0.9.1/24")
	return &Judge{host: host, bin: lab.Keepalived(t), dir: t.TempDir()}
}

// TestAgreement compares the two on configurations that nobody chose.
func TestAgreement(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	g := New(*seed, Rows())
	texts := make(chan string)
	var group errgroup.Group
	group.Go(func() error {
		defer close(texts)
		for range *count {
			texts <- g.Next()
		}
		return nil
	})
	const parallel = 2
	var tally tally
	for range parallel {
		group.Go(func() error {
			for text := range texts {
				if err := j.compare(t, &tally, text); err != nil {
					return fmt.Errorf("%w, asked for\n%s", err, text)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	t.Log(tally.String())
	if n := tally.count(otherExit); n*100 > *count {
		t.Errorf("%d of %d have another exit code", n, *count)
	}
	// The generator follows the keyword tables: a new row makes other texts of the same seed.
	if n := tally.count(differ); n*1000 > *count {
		t.Errorf("%d of %d differ without a reason that is known: see above", n, *count)
	}
}

// otherExit counts the configurations for which only the exit codes differ.
const otherExit = "agree, with another exit code"

// differ counts those where one complains and the other does not. At most one in a thousand
// may be left: each is looked at when it is seen.
const differ = "differ"

// compare asks both, and reports a difference in its shortest form.
func (j *Judge) compare(t *testing.T, tally *tally, text string) error {
	theirs, err := j.Keepalived(t.Context(), text)
	if errors.Is(err, errHangs) {
		tally.add("keepalived hangs or dies")
		return nil
	}
	if err != nil {
		return err
	}
	ours, err := j.Vipward(text)
	if err != nil {
		return err
	}
	why := known(text, theirs, ours)
	switch {
	case Agree(theirs, ours) && theirs.Exit == ours.Exit:
		tally.add(fmt.Sprintf("agree on %d", theirs.Exit))
	case Agree(theirs, ours):
		tally.add(otherExit)
		t.Logf("exit code %d, keepalived's is %d: %v, %v\n%s", ours.Exit, theirs.Exit, ours.Lines, theirs.Lines, text)
	case why != "":
		tally.add("known: " + why)
	default:
		tally.add(differ)
		j.report(t, text)
	}
	return nil
}

func (j *Judge) report(t *testing.T, text string) {
	text = Shrink(text, func(s string) bool {
		theirs, err := j.Keepalived(t.Context(), s)
		ours, err2 := j.Vipward(s)
		return err == nil && err2 == nil && !Agree(theirs, ours) && known(s, theirs, ours) == ""
	})
	theirs, err := j.Keepalived(t.Context(), text)
	ours, err2 := j.Vipward(text)
	if err := errors.Join(err, err2); err != nil {
		t.Error(err)
		return
	}
	t.Logf("keepalived: %s %d\n\t%s\nvipward: %s %d\n\t%s\n%s", theirs.Class, theirs.Exit, strings.Join(theirs.Lines, "\n\t"),
		ours.Class, ours.Exit, strings.Join(ours.Lines, "\n\t"), text)
}

// TestGeneratorRepeats: a seed gives the same configurations again.
func TestGeneratorRepeats(t *testing.T) {
	t.Parallel()
	a, b := New(1, Rows()), New(1, Rows())
	other, differs := New(2, Rows()), false
	for range 200 {
		text := a.Next()
		if again := b.Next(); text != again {
			t.Fatalf("%s\nis not\n%s", text, again)
		}
		differs = differs || other.Next() != text
	}
	if !differs {
		t.Error("another seed gives the same")
	}
}

// TestFrames: every block of the tables has a frame that both accept.
func TestFrames(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	g := New(1, Rows())
	for _, k := range Rows() {
		if k.Sub == "" {
			continue
		}
		text := g.With(&k, frames[k.Sub].head)
		theirs, err := j.Keepalived(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if theirs.Exit != 0 {
			t.Errorf("%s: %v\n%s", k.Sub, theirs.Lines, text)
		}
	}
}

// TestShrink leaves what matters.
func TestShrink(t *testing.T) {
	t.Parallel()
	got := Shrink("a\nb\nc\nd\ne\n", func(s string) bool { return strings.Contains(s, "b") && strings.Contains(s, "d") })
	if got != "b\nd\n" {
		t.Errorf("got %q", got)
	}
}
