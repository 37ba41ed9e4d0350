// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A *testing.T is a TB.
var _ TB = (*testing.T)(nil)

func TestMainRunsBodyAndCleanups(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var dir string
	err := Main(t.Context(), "demo", &out, func(tb TB) {
		dir = tb.TempDir()
		tb.Cleanup(func() { tb.Logf("first made, last undone") })
		tb.Cleanup(func() { tb.Logf("undone first") })
		tb.Logf("%s runs", tb.Name())
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "demo runs\nundone first\nfirst made, last undone\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got)\n%s", diff)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("scratch folder %s is still there: %v", dir, err)
	}
}

func TestMainFatalf(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	cleaned := false
	err := Main(t.Context(), "demo", &out, func(tb TB) {
		tb.Cleanup(func() { cleaned = true })
		tb.Fatalf("no %s", "luck")
		tb.Logf("not reached")
	})
	if err == nil || err.Error() != "demo failed" {
		t.Errorf("error %v", err)
	}
	if out.String() != "no luck\n" || !cleaned {
		t.Errorf("output %q, cleaned %t", out.String(), cleaned)
	}
}

func TestMainErrorfGoesOn(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := Main(t.Context(), "demo", &out, func(tb TB) {
		tb.Errorf("one")
		tb.Cleanup(func() { tb.Cleanup(func() { tb.Errorf("three") }) })
		tb.Errorf("two")
	})
	if err == nil || out.String() != "one\ntwo\nthree\n" {
		t.Errorf("error %v, output %q", err, out.String())
	}
}

func TestMainEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	err := Main(ctx, "demo", &out, func(tb TB) {
		cancel()
		Wait(tb, time.Hour, "a thing", func() error { return errors.New("it lacks") })
	})
	if err == nil || !strings.Contains(out.String(), "it lacks") {
		t.Errorf("error %v, output %q", err, out.String())
	}
}

func TestPoll(t *testing.T) {
	t.Parallel()
	tries := 0
	err := Poll(t.Context(), time.Minute, func() error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || tries != 3 {
		t.Errorf("%d tries, %v", tries, err)
	}
	never := errors.New("never")
	if err := Poll(t.Context(), time.Millisecond, func() error { return never }); !errors.Is(err, never) {
		t.Errorf("error %v", err)
	}
}
